/**
 * Settings of every topic of an application. A topic that lacks one takes the broker's default, and so may change with it.
 * `producer` leaves a batch as it was sent: the broker never packs it anew, whatever its default is, and JOAI's own producers
 * pack nothing. Any other codec would also repack what others send.
 */
export const settingsOfAll = {
  'compression.type': 'producer',
  // Rows of merged persons travel in one record, and intake must receive a too large input to refuse it.
  'max.message.bytes': String(8 << 20),
  'unclean.leader.election.enable': 'false',
} as const

const longMax = '9223372036854775807'

/** Settings that not every version of a broker knows. They are set only where they deviate, since an unknown one is refused. */
const settingsWhereKnown: Readonly<Record<string, string>> = {
  // Timestamps are those of the log's own records, also of old ones, and no broker's clock decides which of them are taken.
  'message.timestamp.before.max.ms': longMax,
  'message.timestamp.after.max.ms': longMax,
  'message.timestamp.difference.max.ms': longMax,
}

/** Returns the settings of a topic that differ from the wanted ones, with their wanted values. */
export function differingSettings(
  wanted: Readonly<Record<string, string>>,
  there: Readonly<Record<string, string>>,
): Record<string, string> {
  const known = Object.entries(settingsWhereKnown).filter(([key]) => there[key] !== undefined)
  return Object.fromEntries([...Object.entries(wanted), ...known].filter(([key, value]) => there[key] !== value))
}

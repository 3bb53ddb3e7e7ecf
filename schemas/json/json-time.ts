/** Matches ISO 8601 with a zone. Without a zone, the time would depend on the machine that reads it. */
const instant = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/** Converts an ISO 8601 text to milliseconds since the epoch; returns anything else unchanged. */
export function parseTime(json: unknown): unknown {
  if (typeof json !== 'string') return json
  const match = instant.exec(json)
  if (!match || !isDay(Number(match[1]), Number(match[2]), Number(match[3]))) return json
  const at = Date.parse(json)
  return Number.isNaN(at) ? json : at
}

/** Tells whether a date exists: Date.parse takes the 30th of February for the 1st of March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

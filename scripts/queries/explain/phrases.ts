import moment from 'moment-timezone'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Formats a duration, as in '7 days'. */
export function formatDuration(ms: number): string {
  const units = [
    [dayMs, 'day'],
    [hourMs, 'hour'],
    [minuteMs, 'minute'],
    [1_000, 'second'],
  ] as const
  const [size, name] = units.find(([size]) => ms >= size && ms % size === 0) ?? [1, 'millisecond']
  return ms === size ? `1 ${name}` : `${ms / size} ${name}s`
}

/** Formats a time in the person's zone; in UTC where the zone is unknown. */
export function formatClock(at: number, timeZone: string): string {
  const zone = timeZone !== '' && moment.tz.zone(timeZone) ? timeZone : 'UTC'
  return `${moment.tz(at, zone).format('ddd D MMM YYYY HH:mm:ss')} (${zone})`
}

/** Formats a number with at most four decimals. */
export const formatNumber = (value: number): string => String(Number(value.toFixed(4)))

/** Formats a probability as a percentage; a possible one is never shown as 0 %. */
export function formatPercent(probability: number): string {
  if (probability === 0 || probability === 1) return `${probability * 100} %`
  return probability < 0.0005 ? '< 0.1 %' : `${(probability * 100).toFixed(1)} %`
}

const stages: Readonly<Record<string, string>> = {
  stopped: 'stopped by hand',
  validity: 'outside its dates, or not supported yet',
  consent: 'no consent for it',
  eligibility: 'this person is not eligible',
  applicability: 'it does not apply at the moment',
  suitability: 'it does not suit this person',
  suppression: 'paused because of what earlier contacts led to',
  cap: 'a contact limit is reached',
  budget: 'the contact budget is used up',
  experiment: 'an experiment holds it back',
  quiet_hours: 'quiet hours',
}

/** The stages that a candidate passes, in their order. */
export const stagesInOrder: readonly string[] = Object.keys(stages)

/** Describes why a stage removes candidates. */
export const stageText = (stage: string): string => stages[stage] ?? stage

const reasons: Readonly<Record<string, string>> = {
  'best-priority': 'it was worth the most',
  explored: 'the draw picked it to learn from, though another was worth more',
  'quiet-hours': 'only quiet hours keep the best candidate out, so it is decided again when they end',
  mandatory: 'it is mandatory, and goes before all others',
  'only-silence-left': 'every other candidate had fallen out',
  'too-many-waiting': 'it could not wait for quiet hours to end, because too many requests wait already',
  'waited-too-long': 'it had waited for quiet hours to end as long as a request may',
}

/** Describes a reason code; an unknown code stands for itself. */
export const reasonText = (code: string): string => reasons[code] ?? code

const width = 96

/** Breaks a text into lines, and indents all but the first to align with it. */
export function wrap(text: string, first: string, rest = ' '.repeat(first.length)): string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = rest
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}

/** Formats a name and its text in two columns. */
export const field = (name: string, text: string): string[] => wrap(text, `  ${name.padEnd(20)}`)

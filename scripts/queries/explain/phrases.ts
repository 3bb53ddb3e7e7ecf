import moment from 'moment-timezone'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A length of time as people say it. */
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

/** A time on the person's own clock; in UTC when the zone is unknown. */
export function formatClock(at: number, timeZone: string): string {
  const zone = timeZone !== '' && moment.tz.zone(timeZone) ? timeZone : 'UTC'
  return `${moment.tz(at, zone).format('ddd D MMM YYYY HH:mm:ss')} (${zone})`
}

/** A number without a long tail of digits. */
export const formatNumber = (value: number): string => String(Number(value.toFixed(4)))

/** A probability as a share; never 0 % for what is possible. */
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

/** The stages that a candidate passes, first to last. */
export const stagesInOrder: readonly string[] = Object.keys(stages)

/** Why a candidate fell out at this stage. */
export const stageText = (stage: string): string => stages[stage] ?? stage

const reasons: Readonly<Record<string, string>> = {
  'best-priority': 'it was worth the most',
  explored: 'the draw picked it to learn from, though another was worth more',
  'quiet-hours': 'only quiet hours were in the way, so it is decided again when they end',
  mandatory: 'it is mandatory, and goes before all others',
  'only-silence-left': 'every other candidate had fallen out',
}

/** A reason code in words; the code itself where there are none. */
export const reasonText = (code: string): string => reasons[code] ?? code

const width = 96

/** Breaks a text into lines, each after the first indented to stand under it. */
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

/** A name and what there is to say of it, under each other. */
export const field = (name: string, text: string): string[] => wrap(text, `  ${name.padEnd(20)}`)

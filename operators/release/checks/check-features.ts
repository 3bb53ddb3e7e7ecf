import { type EventType, eventTypes, isEventType } from '../../../schemas/event-data.ts'
import { days, hours } from '../../../schemas/record.ts'
import { fieldKind, fieldPaths } from '../event-fields.ts'
import { insteadOf, mustBeKnown, mustBeUnique, type Path, type Report } from '../problem.ts'
import type { Feature } from '../release.ts'

const windowMin = hours(1)
const windowMax = days(90)
const withoutField: readonly string[] = ['count', 'decayed-rate', 'time-since']
const withoutWindow: readonly string[] = ['last', 'time-since', 'decayed-rate']
const numeric: readonly string[] = ['sum', 'mean', 'min', 'max', 'quantile']

/** Checks that features have what their kind needs, of events that have it. */
export function checkFeatures(features: readonly Feature[], report: Report): void {
  mustBeUnique(
    report,
    'feature',
    features.map(({ name }) => name),
    n => ['features', n, 'name'],
  )
  features.forEach((feature, n) => {
    const at = (key: string): Path => ['features', n, key]
    mustBeKnown(report, at('event'), 'event type', feature.event, Object.keys(eventTypes))
    if (isEventType(feature.event)) checkFields(feature, feature.event, at, report)
    checkWindow(feature, at, report)
    if (feature.kind === 'quantile' && feature.q === null)
      report(at('kind'), `'${feature.name}' does not say which quantile`, "add 'q:', a number between 0 and 1")
    if (feature.kind === 'decayed-rate' && feature.halfLifeMs === null)
      report(at('kind'), `'${feature.name}' does not say how fast it decays`, "add 'halfLife:', such as 7d")
  })
}

function checkFields(feature: Feature, event: EventType, at: (key: string) => Path, report: Report): void {
  const { kind, field, where, name, type } = feature
  const paths = (wanted: 'number' | 'text' | null) =>
    fieldPaths(event).filter(path => wanted === null || fieldKind(event, path) === wanted)

  if (where !== null && fieldKind(event, where.field) === null)
    mustBeKnown(report, [...at('where'), 'field'], `field of ${event}`, where.field, paths('text'))
  if (withoutField.includes(kind)) {
    if (field !== null) report(at('field'), `a ${kind} takes no field`, "remove 'field', and choose events by 'where'")
  } else if (field === null) {
    report(at('kind'), `'${name}' does not say of what`, `add 'field:', ${fieldsHint(kind, paths)}`)
  } else {
    const found = fieldKind(event, field)
    const wanted = numeric.includes(kind) ? 'number' : null
    if (!paths(null).includes(field)) mustBeKnown(report, at('field'), `field of ${event}`, field, paths(wanted))
    else if (wanted === 'number' && found !== 'number')
      report(at('field'), `'${field}' of ${event} is not a number`, insteadOf(field, paths('number')))
    else if (kind === 'last' && (type === 'number') !== (found === 'number'))
      report(at('type'), `'${field}' of ${event} is not a ${type}`, `write '${found}'`)
  }
}

const fieldsHint = (kind: string, paths: (wanted: 'number' | null) => readonly string[]): string =>
  `one of: ${paths(numeric.includes(kind) ? 'number' : null).join(', ')}`

function checkWindow({ kind, name, windowMs, halfLifeMs }: Feature, at: (key: string) => Path, report: Report): void {
  if (windowMs === null && !withoutWindow.includes(kind))
    report(at('kind'), `'${name}' has no window`, "add 'window:', from 1h to 90d")
  if (windowMs !== null && (windowMs < windowMin || windowMs > windowMax))
    report(
      at(halfLifeMs === null ? 'window' : 'halfLife'),
      `the window of '${name}' is out of range`,
      'write 1h to 90d',
    )
}

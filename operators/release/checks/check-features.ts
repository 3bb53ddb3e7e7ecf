import type { EventSchema } from '../../../schemas/catalog/event-schema.ts'
import { days, hours } from '../../../schemas/record.ts'
import { type FeatureKindEntry, featureKinds } from '../../features/kinds/feature-kinds.ts'
import { fieldKind, fieldPaths } from '../event-fields.ts'
import { insteadOf, mustBeKnown, mustBeUnique, type Path, type Report } from '../problem.ts'
import type { Feature, Release } from '../release.ts'
import { catalogOfRelease } from '../release-catalog.ts'

const windowMin = hours(1)
const windowMax = days(90)

/** Checks that each feature has what its kind needs, and that its event has the field. */
export function checkFeatures(release: Release, report: Report): void {
  const { features } = release
  const { events } = catalogOfRelease(release)
  mustBeUnique(
    report,
    'feature',
    features.map(({ name }) => name),
    n => ['features', n, 'name'],
  )
  features.forEach((feature, n) => {
    const at = (key: string): Path => ['features', n, key]
    mustBeKnown(report, at('event'), 'event type', feature.event, [...events.keys()])
    const event = events.get(feature.event)
    if (event) checkFields(feature, event, at, report)
    checkWindow(feature, at, report)
    checkSetting(feature, at, report)
  })
}

function checkFields(feature: Feature, event: EventSchema, at: (key: string) => Path, report: Report): void {
  const { kind, field, where, name, type } = feature
  const paths = (wanted: 'number' | 'text' | null) =>
    fieldPaths(event).filter(path => wanted === null || fieldKind(event, path) === wanted)

  if (where !== null && fieldKind(event, where.field) === null)
    mustBeKnown(report, [...at('where'), 'field'], `field of ${event.name}`, where.field, paths('text'))
  const { field: needed, gives } = featureKinds[kind]
  const wanted = needed === 'number' ? 'number' : null
  const isOfEvents = needed === 'none' || (needed === 'lines' && !field?.includes('.'))
  if (isOfEvents) {
    const refused = needed === 'none' ? 'takes no field' : 'is of events, or of lines by a path into a list'
    if (field !== null) report(at('field'), `a ${kind} ${refused}`, "remove 'field', and choose events by 'where'")
  } else if (field === null) {
    report(at('kind'), `'${name}' does not say of what`, `add 'field:', one of: ${paths(wanted).join(', ')}`)
  } else {
    const found = fieldKind(event, field)
    if (!paths(null).includes(field)) mustBeKnown(report, at('field'), `field of ${event.name}`, field, paths(wanted))
    else if (wanted === 'number' && found !== 'number')
      report(at('field'), `'${field}' of ${event.name} is not a number`, insteadOf(field, paths('number')))
    else if (gives === 'value-of-field' && (type === 'number') !== (found === 'number'))
      report(at('type'), `'${field}' of ${event.name} is not a ${type}`, `write '${found}'`)
  }
}

const settings: Readonly<
  Record<
    NonNullable<FeatureKindEntry['setting']>,
    { readonly isGiven: (feature: Feature) => boolean; readonly missing: string; readonly remedy: string }
  >
> = {
  q: {
    isGiven: ({ q }) => q !== null,
    missing: 'does not say which quantile',
    remedy: "add 'q:', a number between 0 and 1",
  },
  halfLife: {
    isGiven: ({ halfLifeMs }) => halfLifeMs !== null,
    missing: 'does not say how fast it decays',
    remedy: "add 'halfLife:', such as 7d",
  },
}

function checkSetting(feature: Feature, at: (key: string) => Path, report: Report): void {
  const { setting } = featureKinds[feature.kind]
  if (setting === null || settings[setting].isGiven(feature)) return
  report(at('kind'), `'${feature.name}' ${settings[setting].missing}`, settings[setting].remedy)
}

function checkWindow({ kind, name, windowMs, halfLifeMs }: Feature, at: (key: string) => Path, report: Report): void {
  if (windowMs === null && featureKinds[kind].window === 'required')
    report(at('kind'), `'${name}' has no window`, "add 'window:', from 1h to 90d")
  if (windowMs !== null && (windowMs < windowMin || windowMs > windowMax))
    report(
      at(halfLifeMs === null ? 'window' : 'halfLife'),
      `the window of '${name}' is out of range`,
      'write 1h to 90d',
    )
}

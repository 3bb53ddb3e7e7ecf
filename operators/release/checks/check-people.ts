import moment from 'moment-timezone'
import { eventTypes } from '../../../schemas/event-data.ts'
import { type FeatureKind, featureKinds } from '../../features/kinds/feature-kinds.ts'
import { mustBeKnown, mustBeUnique, type Report } from '../problem.ts'
import type { Feature, Release } from '../release.ts'

/** Checks the settings of a release about persons: time zone, identifiers and triggers. */
export function checkPeople({ person, identifiers, triggers, features }: Release, report: Report): void {
  const { timeZone, country } = person
  if (timeZone !== null && moment.tz.zone(timeZone) === null)
    mustBeKnown(report, ['person', 'timeZone'], 'time zone', timeZone, moment.tz.names())
  if (moment.tz.zonesForCountry(country) === null)
    mustBeKnown(report, ['person', 'country'], 'country', country, moment.tz.countries())
  for (const key of ['jurisdictionFeature', 'timeZoneFeature'] as const) {
    const name = person[key]
    const usable = features.filter(holdsText).map(feature => feature.name)
    if (name !== null)
      mustBeKnown(report, ['person', key], `feature of kind ${valueKinds} that holds text`, name, usable)
  }

  const types = identifiers.types.map(({ type }) => type)
  mustBeUnique(report, 'identifier', types, n => ['identifiers', 'types', n, 'type'])
  identifiers.types.forEach(({ priority, type }, n) => {
    const first = identifiers.types.findIndex(other => other.priority === priority)
    if (first < n)
      report(
        ['identifiers', 'types', n, 'priority'],
        `'${type}' has the priority of '${types[first]}'`,
        `write a number that no other has, such as ${Math.max(...identifiers.types.map(other => other.priority)) + 1}`,
      )
  })

  mustBeUnique(report, 'trigger', triggers, n => ['triggers', n])
  triggers.forEach((trigger, n) => {
    if (trigger === 'consent_changed' || trigger === 'consent_unreadable')
      report(
        ['triggers', n],
        'a change of consent asks for no decision',
        'remove it: what people say of contacts is no occasion for one',
      )
    mustBeKnown(report, ['triggers', n], 'event type', trigger, Object.keys(eventTypes))
  })
}

const givesValue = (kind: FeatureKind): boolean => featureKinds[kind].gives === 'value-of-field'
const valueKinds = (Object.keys(featureKinds) as FeatureKind[]).filter(givesValue).join(' or ')
const holdsText = ({ kind, type }: Feature): boolean => givesValue(kind) && type === 'text'

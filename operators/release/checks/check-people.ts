import moment from 'moment-timezone'
import { zoneOf } from '../../calendar/zones.ts'
import { type FeatureKind, featureKinds } from '../../features/kinds/feature-kinds.ts'
import { foldJurisdiction, jurisdictionOf } from '../../words/jurisdictions.ts'
import { mustBeKnown, mustBeUnique, type Path, type Report } from '../problem.ts'
import type { Feature, Release } from '../release.ts'
import { catalogOfRelease } from '../release-catalog.ts'
import type { ReleaseFile } from '../release-file.ts'

/** Checks the settings of a release about persons: time zone, identifiers and triggers. */
export function checkPeople(release: Release, file: ReleaseFile, report: Report): void {
  const { person, identifiers, triggers, features } = release
  const { events, declaration } = catalogOfRelease(release)
  const { timeZone, country } = person
  if (timeZone !== null && zoneOf(timeZone) === null)
    mustBeKnown(report, ['person', 'timeZone'], 'time zone', timeZone, moment.tz.names())
  if (moment.tz.zonesForCountry(country) === null)
    mustBeKnown(report, ['person', 'country'], 'country', country, moment.tz.countries())
  checkJurisdictions(file, report)
  for (const key of ['jurisdictionFeature', 'timeZoneFeature'] as const) {
    const name = person[key]
    const usable = features.filter(holdsText).map(feature => feature.name)
    if (name !== null)
      mustBeKnown(report, ['person', key], `feature of kind ${valueKinds} that holds text`, name, usable)
  }

  const types = identifiers.types.map(({ type }) => type)
  const declared = Object.keys(declaration.identifiers)
  if (declared.length > 0)
    types.forEach((type, n) => {
      mustBeKnown(report, ['identifiers', 'types', n, 'type'], 'type of identifier', type, declared)
    })
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
    mustBeKnown(report, ['triggers', n], 'event type', trigger, [...events.keys()])
  })
}

function checkJurisdictions({ person, consent }: ReleaseFile, report: Report): void {
  const remedy = 'write a country such as DE, or a part of one such as US-CA, as ISO 3166 has them'
  const mustBeCode = (path: Path, text: string, key: boolean) => {
    if (jurisdictionOf(text) === null) report(path, `'${text}' is no jurisdiction`, remedy, { key })
  }
  const names = Object.keys(consent.regimes)
  mustBeCode(['person', 'jurisdiction'], person.jurisdiction, false)
  for (const name of names) mustBeCode(['consent', 'regimes', name], name, true)
  mustBeUnique(report, 'jurisdiction', names.map(foldJurisdiction), n => ['consent', 'regimes', names[n]!])
}

const givesValue = (kind: FeatureKind): boolean => featureKinds[kind].gives === 'value-of-field'
const valueKinds = (Object.keys(featureKinds) as FeatureKind[]).filter(givesValue).join(' or ')
const holdsText = ({ kind, type }: Feature): boolean => givesValue(kind) && type === 'text'

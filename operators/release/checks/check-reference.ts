import { mustBeUnique, type Report } from '../problem.ts'
import type { Release } from '../release.ts'
import { catalogOfRelease, typesNamed } from '../release-catalog.ts'
import { ruleLanguage } from '../rules/rules.ts'

/** Checks the keys and attributes of a release's reference joins. */
export function checkReference(release: Release, report: Report): void {
  const { reference = [], features, triggers } = release
  const language = ruleLanguage(features, typesNamed(catalogOfRelease(release), triggers))
  mustBeUnique(
    report,
    'reference',
    reference.map(({ name }) => name),
    n => ['reference', n, 'name'],
  )
  reference.forEach(({ key, attributes }, n) => {
    const fault = language.fault(key, 'string')
    if (fault) report(['reference', n, 'key'], fault.message, fault.remedy, { offset: fault.offset })
    if (attributes.some(({ name }) => name === 'known'))
      report(['reference', n, 'attributes', 'known'], "'known' says whether there is such a thing", 'rename it', {
        key: true,
      })
  })
}

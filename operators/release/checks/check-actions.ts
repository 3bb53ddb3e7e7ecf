import { mustBeKnown, mustBeUnique, type Path, type Report } from '../problem.ts'
import type { Action, Release, Rule, Tiers } from '../release.ts'
import { catalogOfRelease } from '../release-catalog.ts'
import type { ReleaseFile } from '../release-file.ts'
import { type RuleLanguage, rulesOf } from '../rules/rules.ts'
import type { RuleScope } from '../rules/scope-parts.ts'

const tierNames = ['eligibility', 'applicability', 'suitability'] as const

/** Checks groups, actions, and every expression in them. */
export function checkActions(release: Release, file: ReleaseFile, report: Report): void {
  const { groups, actions } = release
  const { channels } = catalogOfRelease(release).declaration
  const groupIds = groups.map(({ id }) => id)
  const language = rulesOf(release)
  mustBeUnique(report, 'group', groupIds, n => ['groups', n, 'id'])
  mustBeUnique(
    report,
    'action',
    actions.map(({ id }) => id),
    n => ['actions', n, 'id'],
  )
  checkNames(actions, report)
  groups.forEach((group, n) => {
    checkRules(group, ['groups', n], [], language, report)
  })
  actions.forEach((action, n) => {
    const path = ['actions', n]
    const group = groups.find(({ id }) => id === action.group)
    if (action.group !== null) mustBeKnown(report, [...path, 'group'], 'group', action.group, groupIds)
    mustBeUnique(
      report,
      'treatment',
      action.treatments.map(({ id }) => id),
      t => [...path, 'treatments', t],
    )
    for (const [t, { channel }] of action.treatments.entries())
      mustBeKnown(report, [...path, 'treatments', t], 'channel', channel, channels)
    checkValidity(action, file.actions[n]?.valid, [...path, 'valid'], report)
    checkRules(action, path, group ? ruleIds(group) : [], language, report)
    for (const key of ['context', 'value'] as const)
      checkExpression(action[key], 'double', [...path, key], language, report)
  })
}

/** `joai stop` takes an id or a name: each must mean one action. */
function checkNames(actions: readonly Action[], report: Report): void {
  const named = actions.flatMap(({ name }, n) => (name === undefined ? [] : [{ name, path: ['actions', n, 'name'] }]))
  mustBeUnique(
    report,
    'action name',
    named.map(({ name }) => name),
    n => named[n]!.path,
  )
  for (const { name, path } of named) {
    const other = actions.find(action => action.id === name && action.name !== name)
    if (other) report(path, `'${name}' is the id of another action`, `write another name, for instance '${name}_2'`)
  }
}

const ruleIds = (tiers: Tiers): string[] => tierNames.flatMap(tier => tiers[tier].map(({ id }) => id))

function checkValidity(
  { id, name = id, validFromMs: from, validToMs: to }: Action,
  days: ReleaseFile['actions'][number]['valid'],
  path: Path,
  report: Report,
): void {
  for (const [key, at] of [['from', from] as const, ['to', to] as const])
    if (Number.isNaN(at)) report([...path, key], `there is no day '${days?.[key]}'`, 'write a day such as 2017-03-03')
  if (from !== null && to !== null && from > to)
    report(
      [...path, 'from'],
      `'${name}' is never valid: it begins on ${days?.from} and ends on ${days?.to}`,
      `write from: ${days?.to} and to: ${days?.from}`,
    )
}

/** Removals name rules by id, so an action and its group must not have two rules of one id. */
function checkRules(
  tiers: Tiers,
  path: Path,
  inherited: readonly string[],
  language: RuleLanguage<RuleScope>,
  report: Report,
): void {
  const seen = new Set(inherited)
  for (const tier of tierNames)
    tiers[tier].forEach((rule: Rule, n) => {
      const at = [...path, tier, n]
      if (seen.has(rule.id))
        report([...at, 'id'], `rule '${rule.id}' is there twice`, `rename one, for instance '${rule.id}_2'`)
      seen.add(rule.id)
      checkExpression(rule.when, 'bool', [...at, 'when'], language, report)
    })
}

function checkExpression(
  text: string,
  type: 'bool' | 'double',
  path: Path,
  language: RuleLanguage<RuleScope>,
  report: Report,
): void {
  const fault = language.fault(text, type)
  if (fault) report(path, fault.message, fault.remedy, { offset: fault.offset })
}

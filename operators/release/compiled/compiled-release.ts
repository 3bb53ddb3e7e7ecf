import type { Catalog } from '../../../schemas/catalog/catalog.ts'
import type { ReleaseRow } from '../../../schemas/generated.ts'
import type { Action, Feature, Group, Release, Rule, Treatment } from '../release.ts'
import { catalogOfRelease, typesNamed } from '../release-catalog.ts'
import { type NamedVariable, namedVariables } from '../rules/named-variables.ts'
import { type RuleLanguage, ruleLanguage, rulesOf } from '../rules/rules.ts'
import { allParts, type RuleScope } from '../rules/scope-parts.ts'
import { StepMeter } from '../rules/step-meter.ts'
import { type CompiledJourneys, compileJourneys } from './compiled-journeys.ts'
import { type CompiledJoin, compileJoins } from './reference-joins.ts'

export interface CompiledRule {
  readonly rule: Rule
  readonly stage: 'eligibility' | 'applicability' | 'suitability'
  /** Throws when the rule can't be evaluated. */
  test(scope: RuleScope): boolean
}

/** A candidate: one treatment of an action, with the rules of the action and of its group. */
export interface CompiledCandidate {
  readonly action: Action
  readonly treatment: Treatment
  readonly group: Group | null
  /** By tier: eligibility, applicability, suitability; in each tier the group's rules come first. */
  readonly rules: readonly CompiledRule[]
  context(scope: RuleScope): number
  value(scope: RuleScope): number
}

/** A compiled release, ready to decide with. */
export interface CompiledRelease {
  readonly release: Release
  readonly hash: string
  /** The words that the release is written in. */
  readonly catalog: Catalog
  readonly stopped: ReadonlySet<string>
  readonly candidates: readonly CompiledCandidate[]
  readonly actions: ReadonlyMap<string, Action>
  readonly triggers: ReadonlySet<string>
  readonly featuresByEvent: ReadonlyMap<string, readonly Feature[]>
  readonly journeys: CompiledJourneys
  readonly joins: readonly CompiledJoin<RuleScope>[]
  /** The variables that its rules, weights and keys of joins name. */
  readonly variables: readonly NamedVariable[]
  /** Makes the `event` part of a rule's scope. */
  eventPart: RuleLanguage<RuleScope>['eventPart']
  /** Returns the steps that the expressions of the last decision took. */
  steps(): number
  /** Counts how often an expression met the end of its budget of steps, in all decisions of this process. */
  refusals(): number
}

/** The number of releases that stay compiled: the partitions of a process reach a new release at different times. */
const keptMax = 8
const kept = new Map<string, { readonly document: string; readonly release: CompiledRelease }>()
/**
 * PERF: every operator asks for the compiled release on every event, and comparing documents would take longer than
 * most operators do.
 */
const byRow = new WeakMap<ReleaseRow, CompiledRelease>()

/**
 * Compiles a partition's release, once per row; null before the first release.
 * Throws an Error on a document that holds no release, or a rule that `parseRelease` would refuse.
 */
export function compiled(row: ReleaseRow): CompiledRelease | null {
  if (row.document === '') return null
  let release = byRow.get(row)
  if (release === undefined) {
    release = compiledOnce(row)
    byRow.set(row, release)
  }
  return release
}

function compiledOnce(row: ReleaseRow): CompiledRelease {
  const key = row.stopped.length === 0 ? row.hash : `${row.hash} ${row.stopped.join(' ')}`
  const found = kept.get(key)
  if (found && found.document === row.document) return found.release
  const release = compileRelease(JSON.parse(row.document) as Release, row.hash, row.stopped)
  kept.delete(key)
  kept.set(key, { document: row.document, release })
  if (kept.size > keptMax) kept.delete(kept.keys().next().value!)
  return release
}

/** Compiles a release. Throws an Error on a rule that can't be compiled. */
export function compileRelease(release: Release, hash: string, stopped: readonly string[] = []): CompiledRelease {
  const catalog = catalogOfRelease(release)
  const triggers = typesNamed(catalog, release.triggers)
  const meter = new StepMeter()
  const language = rulesOf(release, meter)
  const keys = ruleLanguage(release.features, triggers, allParts, [], meter)
  const joins = compileJoins(release.reference ?? [], keys)
  const groups = new Map(release.groups.map(group => [group.id, group]))
  const features = new Map<string, Feature[]>()
  for (const feature of release.features) features.set(feature.event, [...(features.get(feature.event) ?? []), feature])
  const candidates = release.actions.flatMap(action =>
    candidatesOf(action, groups.get(action.group ?? '') ?? null, language),
  )
  return {
    release,
    hash,
    catalog,
    stopped: new Set(stopped),
    candidates,
    actions: new Map(release.actions.map(action => [action.id, action])),
    triggers: new Set(release.triggers),
    featuresByEvent: features,
    journeys: compileJourneys(release),
    joins,
    variables: namedVariables([...keys.variables(), ...language.variables()]),
    eventPart: language.eventPart,
    steps: () => meter.ofDecision,
    refusals: () => meter.refusals,
  }
}

const tiers = ['eligibility', 'applicability', 'suitability'] as const

function candidatesOf(action: Action, group: Group | null, language: RuleLanguage<RuleScope>): CompiledCandidate[] {
  const rules = tiers.flatMap(stage =>
    [...(group?.[stage] ?? []), ...action[stage]].map(rule => ({ rule, stage, test: language.test(rule.when) })),
  )
  const context = language.number(action.context)
  const value = language.number(action.value)
  return action.treatments.map(treatment => ({ action, treatment, group, rules, context, value }))
}

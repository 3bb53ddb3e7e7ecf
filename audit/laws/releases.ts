import type { Action, Beta, Release } from '../../operators/release/release.ts'
import type { Control, PersonEvent } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { sha256 } from './hashes.ts'
import { variablesNamed } from './named-variables.ts'

/** A release as the log carries it, indexed for the checks. */
export interface ActiveRelease {
  readonly release: Release
  readonly hash: string
  readonly actions: ReadonlyMap<string, Action>
  readonly triggers: ReadonlySet<string>
  /** Ids of the actions that were stopped after the release. */
  readonly stopped: ReadonlySet<string>
  /** The variables that its expressions name, sorted. */
  readonly variables: readonly string[]
  /** The longest time for which a contact counts. */
  readonly memoryMs: number
}

/** Rules can look back at the contacts of 30 days. */
const rulesReachMs = days(30)

/** Reads a release from a control record; null where it is no release, or its hash does not match. */
export function releaseOf({ kind, document, hash }: Control): ActiveRelease | null {
  if (kind !== 'release' || sha256(document) !== hash) return null
  const release = parse(document) as Release | null
  if (!release) return null
  const windows = [...release.caps.map(cap => cap.windowMs), release.budget?.windowMs ?? 0, rulesReachMs]
  return {
    release,
    hash,
    actions: new Map(release.actions.map(action => [action.id, action])),
    triggers: new Set(release.triggers),
    stopped: new Set(),
    variables: variablesNamed(release),
    memoryMs: Math.max(...windows),
  }
}

function parse(document: string): object | null {
  try {
    const parsed: unknown = JSON.parse(document)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : null
  } catch {
    return null
  }
}

/** Tells whether an event that came at this time asks for a decision: its type is a trigger, and it is not too old. */
export const isAsking = (
  { type, occurredAt }: PersonEvent,
  receivedAt: number,
  { triggers, release }: ActiveRelease,
): boolean => triggers.has(type) && isInTime(occurredAt, receivedAt, release)

/** Tells whether something that happened then and came at this time may trigger anything. */
export const isInTime = (occurredAt: number, receivedAt: number, { backfillMs, graceMs }: Release): boolean =>
  receivedAt <= occurredAt + (backfillMs ?? graceMs)

/** Reads the id of the action that a control record stops; null where it is no stop, or its hash does not match. */
export function stoppedAction({ kind, document, hash }: Control): string | null {
  if (kind !== 'stop' || sha256(document) !== hash) return null
  const { actionId } = (parse(document) ?? {}) as { readonly actionId?: unknown }
  return typeof actionId === 'string' ? actionId : null
}

/** Returns the posterior of an action: its own, else its group's, else the prior of the model. */
export function modelPosterior({ release, actions }: ActiveRelease, actionId: string): Beta | null {
  const model = release.models.find(({ id }) => id === release.exploration.model)
  if (!model) return null
  const own = (of: Readonly<Record<string, Beta>>, name: string) => Object.entries(of).find(([id]) => id === name)?.[1]
  return own(model.actions, actionId) ?? own(model.groups, actions.get(actionId)?.group ?? '') ?? model.prior
}

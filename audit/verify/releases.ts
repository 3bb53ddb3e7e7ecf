import type { Action, Beta, Release } from '../../operators/release/release.ts'
import type { Control } from '../../schemas/generated.ts'
import { days } from '../../schemas/record.ts'
import { sha256 } from './hashes.ts'

/** A release as it travelled on the log, ready to be asked. */
export interface ActiveRelease {
  readonly release: Release
  readonly hash: string
  readonly actions: ReadonlyMap<string, Action>
  readonly triggers: ReadonlySet<string>
  /** Actions that were stopped since. */
  readonly stopped: ReadonlySet<string>
  /** The longest time for which a contact counts. */
  readonly memoryMs: number
}

/** Rules can ask for the contacts of 30 days. */
const rulesReachMs = days(30)

/** Reads a control record; null when it is no release, or not the document that its hash names. */
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

/** The action that a control record stops; null when it is no stop, or not the document that its hash names. */
export function stoppedBy({ kind, document, hash }: Control): string | null {
  if (kind !== 'stop' || sha256(document) !== hash) return null
  const { actionId } = (parse(document) ?? {}) as { readonly actionId?: unknown }
  return typeof actionId === 'string' ? actionId : null
}

/** The posterior of an action: its own, else its group's, else the prior. */
export function posteriorOf({ release, actions }: ActiveRelease, actionId: string): Beta | null {
  const model = release.models.find(({ id }) => id === release.exploration.model)
  if (!model) return null
  const own = (of: Readonly<Record<string, Beta>>, name: string) => Object.entries(of).find(([id]) => id === name)?.[1]
  return own(model.actions, actionId) ?? own(model.groups, actions.get(actionId)?.group ?? '') ?? model.prior
}

import type { CompiledRelease } from '../release/compiled/compiled-release.ts'

/** A purpose and a channel, for which consent and quiet hours are checked. */
export interface Scope {
  readonly purpose: string
  readonly channel: string
}

const scopes = new WeakMap<CompiledRelease, readonly Scope[]>()

/** Lists each purpose and channel that the release's candidates use, once, in the order of the file. */
export function scopesOf(active: CompiledRelease): readonly Scope[] {
  let found = scopes.get(active)
  if (!found) {
    const byName = new Map<string, Scope>()
    for (const { action, treatment } of active.candidates) {
      const scope = { purpose: action.purpose, channel: treatment.channel }
      const name = JSON.stringify([scope.purpose, scope.channel])
      if (!byName.has(name)) byName.set(name, scope)
    }
    found = [...byName.values()]
    scopes.set(active, found)
  }
  return found
}

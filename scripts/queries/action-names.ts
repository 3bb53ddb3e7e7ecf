import { controlError } from '../../operators/intake/control-checks.ts'
import type { Release } from '../../operators/release/release.ts'
import type { Control } from '../../schemas/generated.ts'

/** The names of actions by id; an action without a name is not in it. */
export type ActionNames = ReadonlyMap<string, string>

/** Formats an action for people: its id, and its name where it has one. */
export function idWithName(actionId: string, names: ActionNames): string {
  const name = names.get(actionId)
  return name === undefined ? actionId : `${actionId} ${name}`
}

/** Reads the names of actions in the document of a release; an empty document has none. */
export function namesInDocument(document: string): ActionNames {
  const actions = document === '' ? [] : (JSON.parse(document) as Release).actions
  return new Map(actions.flatMap(({ id, name }) => (name === undefined ? [] : [[id, name]])))
}

/** Reads the names of actions in releases; later releases win, and refused ones do not count. */
export function namesInControls(controls: readonly Control[]): ActionNames {
  const releases = controls.filter(control => control.kind === 'release' && controlError(control) === null)
  return new Map(releases.flatMap(({ document }) => [...namesInDocument(document)]))
}

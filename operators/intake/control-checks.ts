import type { Control } from '../../schemas/generated.ts'
import { releaseHash } from '../release/canonical.ts'
import { compiled } from '../release/compiled/compiled-release.ts'
import type { ValidationError } from '../validation-error.ts'

/** Checks a control record; null when it is valid. A release that does not compile would stop every partition at its next record. */
export function controlError({ kind, document, hash }: Control): ValidationError | null {
  const invalid = (detail: string): ValidationError => ({ reason: `bad-${kind}`, detail })
  if (releaseHash(document) !== hash) return invalid('its hash is not that of its document')
  const fields = objectIn(document)
  if (fields === null) return invalid('its document is not a JSON object')
  if (kind === 'stop') return typeof fields.actionId === 'string' ? null : invalid('it names no actionId')
  try {
    compiled({ document, hash, stopped: [] })
    return null
  } catch (error) {
    return invalid(`it does not compile: ${(error as Error).message}`)
  }
}

function objectIn(document: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(document)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Readonly<Record<string, unknown>>)
      : null
  } catch {
    return null
  }
}

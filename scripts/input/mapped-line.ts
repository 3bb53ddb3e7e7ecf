import { admission } from '../../operators/intake/admission.ts'
import { mappingOf } from '../../operators/sources/mapping.ts'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { type CatalogDeclaration, catalogOf } from '../../schemas/catalog/catalog.ts'
import { BadRecord } from '../../schemas/wire.ts'
import { foreignLine, sourceNamed } from './source-lines.ts'

/** What comes of a line: what it becomes, why it can't, or nothing where the source passes it over. */
export type MappedLine =
  | { readonly line: number; readonly to: string; readonly value: Readonly<Record<string, unknown>> }
  | { readonly line: number; readonly refused: string; readonly detail: string }
  | { readonly line: number; readonly passedOver: true }

/** The parts of a record that admission asks for; a sample has no position. */
const about = { key: '', causeId: '', position: { topic: '', partition: 0, offset: 0 } }
const inputs = { events: 'event', consents: 'consent', receipts: 'receipt', reference: 'reference' } as const

/** Maps lines by a source, and checks what comes out as intake would; `now` is the time of a line that has none. Throws UsageError. */
export function lineMapper(words: CatalogDeclaration, name: string, now: number) {
  const source = sourceNamed(words, name)
  const catalog = catalogOf(words, builtInEvents)
  const mapping = mappingOf(name, source, catalog)
  const { on } = admission({ secret: 'the secret of a sample', catalog })
  return (bytes: Buffer, line: number): MappedLine => {
    const { record, receivedAt } = foreignLine(bytes)
    const at = receivedAt ?? now
    try {
      const mapped = mapping(record, at)
      if (mapped === null) return { line, passedOver: true }
      const { reject } = on[inputs[mapped.to]](
        { ...about, receivedAt: at, value: mapped.input as never },
        undefined,
        {},
      )
      if (reject) return { line, refused: reject.reason, detail: reject.detail }
      return { line, to: mapped.to, value: mapped.value }
    } catch (error) {
      if (error instanceof BadRecord) return { line, refused: error.reason, detail: error.message }
      throw error
    }
  }
}

import type { Catalog } from '../../schemas/catalog/catalog.ts'
import type { SourceDeclaration, SourceTarget } from '../../schemas/catalog/source-declaration.ts'
import { ConsentChange, CustomerEvent, ForeignRecord, Receipt, ReferenceChange } from '../../schemas/generated.ts'
import { BadRecord } from '../../schemas/wire.ts'
import { operator, to } from '../operator.ts'
import { mappingOf } from './mapping.ts'

/** Maps the records of one foreign topic by all sources that read it. What can't be mapped is refused with the expression that failed. */
export function sourceMapping(sources: readonly NamedSource[], catalog: Catalog) {
  const mappings = sources.map(([name, source]) => mappingOf(name, source, catalog))
  return operator({
    name: `mapping-of-${sources.map(([name]) => name.replaceAll('_', '-')).join('.')}`,
    input: { record: ForeignRecord },
    output: { event: CustomerEvent, consent: ConsentChange, receipt: Receipt, reference: ReferenceChange },
    on: {
      record({ value, receivedAt }) {
        const emit = []
        let reject: { readonly reason: string; readonly detail: string } | null = null
        for (const mapping of mappings) {
          try {
            const mapped = mapping(value, receivedAt)
            if (mapped) emit.push(to(outputs[mapped.to], mapped.input as never))
          } catch (error) {
            if (!(error instanceof BadRecord)) throw error
            reject ??= { reason: error.reason, detail: error.message }
          }
        }
        return reject ? { reject, emit } : { emit }
      },
    },
  })
}

/** A source and its name. */
export type NamedSource = readonly [name: string, source: SourceDeclaration]

const outputs = {
  events: 'event',
  consents: 'consent',
  receipts: 'receipt',
  reference: 'reference',
} as const satisfies Record<SourceTarget, string>

/** Groups the sources of a catalog by the topic that they read. */
export function sourcesByTopic({ declaration }: Catalog): ReadonlyMap<string, readonly NamedSource[]> {
  const grouped = new Map<string, NamedSource[]>()
  for (const [name, source] of Object.entries(declaration.sources ?? {}))
    grouped.set(source.from.topic, [...(grouped.get(source.from.topic) ?? []), [name, source]])
  return grouped
}

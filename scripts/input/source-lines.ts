import type { InputLine, LineReader } from '../../connectors/adapters/adapter.ts'
import { mappingOf } from '../../operators/sources/mapping.ts'
import { builtInEvents } from '../../schemas/catalog/built-in-events.ts'
import { type CatalogDeclaration, catalogOf } from '../../schemas/catalog/catalog.ts'
import type { SourceDeclaration } from '../../schemas/catalog/source-declaration.ts'
import type { ForeignRecord } from '../../schemas/generated.ts'
import { parseTime } from '../../schemas/json/json-time.ts'
import { foreignTopic } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import { UsageError } from '../cli/errors.ts'

/** Finds a source of a catalog; throws UsageError, which lists the names. */
export function sourceNamed(words: CatalogDeclaration | undefined, name: string): SourceDeclaration {
  const known = words?.sources ?? {}
  if (Object.hasOwn(known, name)) return known[name]!
  if (words === undefined)
    throw new UsageError(`--source ${name}: name the catalog that declares it by --catalog or --release`)
  const names = Object.keys(known)
  throw new UsageError(
    `--source: the catalog declares no source '${name}': ${names.length === 0 ? 'it has none' : `choose one of ${names.join(', ')}`}`,
  )
}

/** A line of a sample: a foreign record, and when it was received if the line says so. */
export interface ForeignLine {
  readonly record: ForeignRecord
  readonly receivedAt: number | null
}

/** The keys of a line that tells more of a record than its value. */
const envelope: ReadonlySet<string> = new Set(['key', 'headers', 'time', 'value'])

/**
 * Reads a line as a record of a foreign topic: its value, or `{"value": …}` with `key`, `headers` and `time` besides. A value that
 * is null is a tombstone. What is no JSON stays as it is.
 */
export function foreignLine(bytes: Buffer): ForeignLine {
  const read = parsed(bytes)
  const isAround = read !== null && 'value' in read && Object.keys(read).every(name => envelope.has(name))
  if (!isAround) return { record: { key: '', value: bytes, headers: {} }, receivedAt: null }
  const { key = '', headers = {}, time, value } = read
  const at = parseTime(time)
  return {
    record: {
      key: typeof key === 'string' ? key : JSON.stringify(key),
      value: value === null ? null : Buffer.from(JSON.stringify(value)),
      headers: Object.fromEntries(Object.entries(Object(headers)).map(([name, text]) => [name, String(text)])),
    },
    receivedAt: Number.isSafeInteger(at) ? (at as number) : null,
  }
}

function parsed(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const read: unknown = JSON.parse(bytes.toString())
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** Reads the lines of a file as records of a source's topic. One without a time of its own has that of what it becomes. */
export function sourceLines(words: CatalogDeclaration | undefined, name: string): LineReader {
  const source = sourceNamed(words, name)
  const mapping = mappingOf(name, source, catalogOf(words!, builtInEvents))
  const { types } = foreignTopic(source.from.topic)
  return (bytes, number): InputLine => {
    const { record, receivedAt } = foreignLine(bytes)
    const value = happened(() => mapping(record, receivedAt ?? 0)?.value)
    return {
      topic: source.from.topic,
      key: record.key || keyOf(value),
      timestamp: receivedAt,
      value: encodeValue(types.record, record),
      id: `line-${number}`,
      occurredAt: parseTime(value?.occurredAt ?? Object(value?.change).recordedAt),
    }
  }
}

type Fields = Readonly<Record<string, unknown>>

/** What can't be mapped has no time of its own; intake says what is wrong with it. */
function happened(map: () => Fields | undefined): Fields | undefined {
  try {
    return map()
  } catch {
    return undefined
  }
}

/** The first identifier of what a record becomes, so that a customer's records stay in order. */
function keyOf(value: Fields | undefined): string {
  const [first] = Array.isArray(value?.identifiers) ? (value.identifiers as readonly { readonly value: string }[]) : []
  return first?.value ?? (typeof value?.personId === 'string' ? value.personId : '')
}

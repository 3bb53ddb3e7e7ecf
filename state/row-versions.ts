import { type AvroSchema, resolving, type Schema, schema } from '../schemas/codec/schema.ts'
import type { Table } from './table.ts'

// Module-level state: the versions that a process has learnt belong to the declaration of the table, and live as long.

/** Says that a row was written by a version of its table that this code can't read: undo an upgrade, or finish it. */
export class RowVersionError extends Error {
  readonly table: string
  readonly version: number

  constructor(table: string, version: number, current: number) {
    super(`a row of table '${table}' has version ${version}; this code knows ${current} and what its 'previous' lists`)
    this.name = 'RowVersionError'
    this.table = table
    this.version = version
  }
}

/** Reads the rows that another version of a table wrote, and counts them. */
interface Reader {
  readonly read: (bytes: Uint8Array) => unknown
  rows: number
}

const readers = new WeakMap<Table<any>, Map<number, Reader>>()

/** The identity of the rows that one version of a table writes, in deployments and checkpoints: `ledger@2`. */
export const rowVersionName = (table: string, version: number): string => `${table}@${version}`

/** Takes the name of a row version apart. */
export function parseRowVersion(name: string): { readonly table: string; readonly version: number } {
  const at = name.lastIndexOf('@')
  return { table: name.slice(0, at), version: Number(name.slice(at + 1)) }
}

/**
 * Decodes a row that another version of the table wrote. Throws RowVersionError where that one is neither declared nor
 * learnt.
 */
export function readOtherVersion<Row>(table: Table<Row>, version: number, bytes: Uint8Array): Row {
  const reader = readerOf(table, version)
  if (reader === undefined) throw new RowVersionError(table.name, version, table.version)
  reader.rows++
  return reader.read(bytes) as Row
}

/**
 * Tells whether rows of this version can be read. Throws an Error if the version is declared with a schema that can't
 * be.
 */
export const readsVersion = (table: Table<any>, version: number): boolean =>
  version === table.version || readerOf(table, version) !== undefined

/**
 * Makes a table read the rows of a version that its declaration does not know, as after a rollback. Throws an Error
 * that says why if its schema can't read the other one.
 */
export function learnVersion(table: Table<any>, version: number, json: string): void {
  addReader(table, version, schema(JSON.parse(json) as AvroSchema))
}

/** Counts the rows of other versions that this process has read, by version. */
export const rowsOfOtherVersions = (table: Table<any>): ReadonlyMap<number, number> =>
  new Map(Array.from(readers.get(table) ?? [], ([version, { rows }]) => [version, rows]))

function readerOf(table: Table<any>, version: number): Reader | undefined {
  const known = readers.get(table)?.get(version)
  if (known !== undefined) return known
  return Object.hasOwn(table.previous, version) ? addReader(table, version, table.previous[version]!) : undefined
}

function addReader(table: Table<any>, version: number, written: Schema<unknown>): Reader {
  const reader: Reader = { read: resolving(table.schema, written), rows: 0 }
  const ofTable = readers.get(table) ?? new Map<number, Reader>()
  readers.set(table, ofTable.set(version, reader))
  return reader
}

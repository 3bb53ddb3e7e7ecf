import type { TaskId } from '../../topology/log/log.ts'
import type { LogDatabase, StoredSegment } from './log-database.ts'
import type { Operation } from './log-directory.ts'
import { type KeyRange, keys } from './log-keys.ts'
import { countSize, Packer, Unpacker } from './packing.ts'
import { type OffsetEntry, packChangelog, unpackChangelog } from './segments.ts'

/** How far a changelog was compacted, and how many entries remained. */
export interface CompactionState {
  readonly end: number
  readonly remaining: number
}

/** About how many bytes of remaining entries are rewritten in one batch. */
const rewriteSizeMax = 1024 * 1024

const packer = new Packer()

/**
 * Drops from the changelog of a task, up to `end`, the entries that later ones of the same key replace. The others keep their
 * offsets, so a reader at any offset still gets the latest value of every key that changed since. Tombstones stay as well,
 * because a store may still hold the rows they delete. Commits and reads continue meanwhile. After a crash the compaction may
 * be partly done.
 */
export async function compactChangelog(database: LogDatabase, task: TaskId, end: number): Promise<CompactionState> {
  const range = keys.changelogs(task, 0, end - 1)
  const latest = await latestOffsets(database, range)
  let remaining = 0
  const rewrite = async (run: Run) => {
    const isWorthwhile = run.kept.length * 2 < run.read
    remaining += isWorthwhile ? run.kept.length : run.read
    if (isWorthwhile) await database.exclusive(() => database.write(run.replaced, storedChangelog(task, run.kept)))
  }
  let run = emptyRun()
  for await (const { key, location, value } of database.segments(range)) {
    if (database.isClosed) return { end: 0, remaining: 0 }
    const entries = unpackChangelog(value)
    run.replaced.push({ type: 'del', key }, { type: 'del', key: location })
    run.read += entries.length
    for (const entry of entries) {
      if (latest.get(entry.key) !== entry.offset) continue
      run.kept.push(entry)
      run.size += entry.key.length + (entry.value?.length ?? 0)
    }
    if (run.size < rewriteSizeMax) continue
    await rewrite(run)
    run = emptyRun()
  }
  await rewrite(run)
  await database.exclusive(() =>
    database.write([{ type: 'put', key: keys.compaction(task), value: packCompaction({ end, remaining: remaining }) }]),
  )
  return { end, remaining: remaining }
}

/** Neighbouring segments that are rewritten into fewer. */
interface Run {
  /** Deletes the segments that were read, and their index keys. */
  readonly replaced: Operation[]
  readonly kept: OffsetEntry[]
  read: number
  size: number
}

const emptyRun = (): Run => ({ replaced: [], kept: [], read: 0, size: 0 })

/** Packs changelog entries, in order of their offsets, as the engine stores them. */
export const storedChangelog = (task: TaskId, entries: readonly OffsetEntry[]): StoredSegment[] =>
  packChangelog(entries).map(({ last, bytes }) => ({ key: keys.changelog(task, last), value: bytes }))

async function latestOffsets(database: LogDatabase, range: KeyRange): Promise<ReadonlyMap<string, number>> {
  const latest = new Map<string, number>()
  for await (const { value } of database.segments(range))
    for (const { key, offset } of unpackChangelog(value)) latest.set(key, offset)
  return latest
}

function packCompaction({ end, remaining }: CompactionState): Buffer {
  packer.position = 0
  packer.reserve(2 * countSize)
  packer.count(end)
  packer.count(remaining)
  return packer.take()
}

export function unpackCompaction(bytes: Uint8Array): CompactionState {
  const from = new Unpacker(bytes)
  return { end: from.count(), remaining: from.count() }
}

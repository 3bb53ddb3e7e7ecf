import type { InputRecord } from '../../schemas/input-record.ts'
import { HistoryWriter } from '../../topology/replay/history-writer.ts'
import { ClusterDrain, type DrainOptions } from './cluster-drain.ts'
import type { WorkerLoad } from './load-run.ts'

/** Portions of the history for each fault: between two faults some are folded in peace. */
const portionsPerFault = 3

export interface HistoryLoadOptions extends Omit<DrainOptions, 'committed'> {
  readonly records: readonly InputRecord[]
  readonly kills: number
}

/** WorkerLoad by a given history: in portions while faults are injected, and what is left at once afterwards. */
export function historyLoad({ records, kills, ...drain }: HistoryLoadOptions): WorkerLoad {
  const writer = new HistoryWriter(drain.log, drain.topology)
  const cluster = new ClusterDrain({ ...drain, committed: () => undefined })
  const size = Math.ceil(records.length / (portionsPerFault * kills + 1))
  let added = 0
  return {
    async next(areFaultsOver) {
      if (added === records.length) return null
      const portion = records.slice(added, areFaultsOver ? undefined : added + size)
      for (const record of portion) writer.add(record)
      added += portion.length
      if (added === records.length) writer.end()
      await writer.flush()
      await cluster.drain()
      return `${portion.length} records`
    },
  }
}

import type { InputRecord } from '../../schemas/input-record.ts'
import { clusterTickMs, HistoryWriter } from '../../topology/replay/history-writer.ts'
import { ClusterDrain, type DrainOptions } from './cluster-drain.ts'
import type { WorkerLoad } from './load-run.ts'

/** Portions of the history for each fault, if all were as large as the first one. */
const portionsPerFault = 10

export interface HistoryLoadOptions extends Omit<DrainOptions, 'committed'> {
  readonly records: readonly InputRecord[]
  readonly kills: number
}

/**
 * Makes a load of a given history. Each portion is the same share of what is left, so that the load becomes thinner but
 * lasts until all faults are injected, however fast the workers are; the rest is appended at once afterwards.
 */
export function historyLoad({ records, kills, ...drain }: HistoryLoadOptions): WorkerLoad {
  const writer = new HistoryWriter(drain.log, drain.topology, { tickMs: clusterTickMs })
  const cluster = new ClusterDrain({ ...drain, committed: () => undefined })
  let added = 0
  return {
    async next(areFaultsOver) {
      if (added === records.length) return null
      const size = Math.ceil((records.length - added) / (portionsPerFault * kills + 1))
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

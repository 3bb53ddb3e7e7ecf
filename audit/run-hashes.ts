import { topics } from '../schemas/topics.ts'
import type { Log } from '../topology/log/log.ts'
import type { Epochs } from '../topology/replay/epoch-runner.ts'
import { decisionsHash, outputHash, stateHash } from '../topology/replay/run-hashes.ts'

/** What proves that two runs came to the same; decisions only where the topology makes them. */
export interface Hashes {
  readonly outputHash: string
  readonly stateHash: string
  readonly decisionsHash?: string
}

/** Reads all public logs and all rows. Only while nothing is folded. */
export async function hashesOf(log: Log, epochs: Epochs): Promise<Hashes> {
  return {
    outputHash: await outputHash(log, epochs.plans),
    stateHash: await stateHash(epochs.tasks),
    ...(decides(epochs) ? { decisionsHash: await decisionsHash(log) } : {}),
  }
}

/** Whether it is the main topology, or an extension of it. */
export const decides = ({ plans }: Epochs): boolean => plans.topics.get(topics.decisions.name) === topics.decisions

import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrokerMeans, startBroker } from '../connectors/kafka/broker/local-broker.ts'
import type { LocalBroker } from '../connectors/kafka/broker/process-broker.ts'
import { environment } from '../scripts/cli/environment.ts'

/** What a benchmark on a cluster works with. */
export interface Place {
  readonly broker: LocalBroker
  /** Of its own, and empty. */
  readonly folder: string
  readonly tell: (text: string) => void
}

/** Starts a broker on this machine, never one that others use, and lets the work be done there; then all of it is gone. */
export async function onOwnBroker<T>(
  work: (place: Place) => Promise<T>,
  means: Pick<BrokerMeans, 'bothCompilers'> = {},
): Promise<T> {
  const tell = (text: string) => process.stderr.write(`${text}\n`)
  const cache = environment('JOAI_CACHE') ?? join(homedir(), '.cache', 'joai')
  const broker = await startBroker({ cache, progress: tell, ...means })
  const folder = mkdtempSync(join(tmpdir(), 'joai-bench-'))
  try {
    return await work({ broker, folder, tell })
  } finally {
    await broker.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

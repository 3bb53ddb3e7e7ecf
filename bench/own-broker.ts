import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrokerOptions, startBroker } from '../connectors/kafka/broker/local-broker.ts'
import type { LocalBroker } from '../connectors/kafka/broker/process-broker.ts'
import { environment } from '../scripts/cli/environment.ts'

/** Broker, folder and progress output of a benchmark on a cluster. */
export interface BenchEnvironment {
  readonly broker: LocalBroker
  /** An empty folder for this benchmark alone. */
  readonly folder: string
  readonly progress: (text: string) => void
}

/** Starts a broker of its own on this machine, runs `work`, then stops the broker and deletes all data. */
export async function withOwnBroker<T>(
  work: (environment: BenchEnvironment) => Promise<T>,
  means: Pick<BrokerOptions, 'bothCompilers'> = {},
): Promise<T> {
  const progress = (text: string) => process.stderr.write(`${text}\n`)
  const cache = environment('JOAI_CACHE') ?? join(homedir(), '.cache', 'joai')
  const broker = await startBroker({ cache, progress, ...means })
  const folder = mkdtempSync(join(tmpdir(), 'joai-bench-'))
  try {
    return await work({ broker, folder, progress })
  } finally {
    await broker.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

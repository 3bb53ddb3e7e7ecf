import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { startBroker } from '../../../connectors/kafka/broker/local-broker.ts'
import { type LocalRegistry, startLocalRegistry } from '../../../connectors/registry/local-registry.ts'
import { days } from '../../../schemas/record.ts'
import { ConnectorError } from '../../../topology/log/log.ts'
import { environment } from '../environment.ts'
import { endProgress, printJson, printLine } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai broker`, which starts a Kafka for development by the first means that works. */
export function brokerCommand(program: Command): void {
  const command = program
    .command('broker')
    .description(
      'start a local Kafka for development: brokers that KAFKA_BROKERS names, Docker, or Java with Maven; it stays until Ctrl-C',
    )
    .option(
      '--registry',
      'start a schema registry beside it, in Docker or on Java by Maven; it speaks Confluent’s protocol',
    )
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ json, registry: wantsRegistry = false }) => {
    const cache = environment('JOAI_CACHE') ?? join(homedir(), '.cache', 'joai')
    const progress = (text: string) => process.stderr.write(`${text}\n`)
    const given = environment('KAFKA_BROKERS')
    const broker = await startBroker({ given, cache, progress })
    const registry = wantsRegistry ? await registryBeside(cache, progress) : null
    endProgress()
    // Not `once`: under npm a Ctrl-C arrives twice, and the second one must not end this process before the data is deleted.
    const asked = new Promise<void>(resolve => process.on('SIGINT', resolve).on('SIGTERM', resolve))
    const { brokers, means } = broker
    if (json) printJson({ brokers, means, ...(wantsRegistry && { registry: registry?.url ?? null }) })
    else {
      if (registry) printLine(`${registry.url}  (${registry.means})`)
      printLine(
        `${brokers}  (${means}); ${given ? 'it is not ours: Ctrl-C leaves it' : 'Ctrl-C ends it and deletes its data'}`,
      )
    }
    // Signals keep no process running, and brokers that are given have none of ours.
    const stay = setInterval(() => undefined, days(1))
    await asked
    clearInterval(stay)
    await Promise.all([broker.stop(), registry?.stop()])
    return 0
  })
}

/** Starts a registry. Where none can be started, writes the reason to stderr and returns null: the broker works without it. */
async function registryBeside(cache: string, progress: (text: string) => void): Promise<LocalRegistry | null> {
  progress('starting a schema registry; the first time Maven downloads it (140 MB)')
  try {
    return await startLocalRegistry(cache)
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    progress(`no schema registry: ${error.message}; without one, schemas are kept in a folder`)
    return null
  }
}

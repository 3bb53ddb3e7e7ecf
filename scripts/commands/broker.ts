import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { startBroker } from '../../connectors/kafka/broker/local-broker.ts'
import { environment } from '../config.ts'
import { endProgress, say, sayJson } from '../output.ts'
import { runs } from './command.ts'

/** `joai broker`: a Kafka for development, by the first means at hand. */
export function brokerCommand(program: Command): void {
  const command = program
    .command('broker')
    .description(
      'start a local Kafka for development: brokers that KAFKA_BROKERS names, Docker, or Java with Maven; it stays until Ctrl-C',
    )
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ json }) => {
    const cache = environment('JOAI_CACHE') ?? join(homedir(), '.cache', 'joai')
    const progress = (text: string) => process.stderr.write(`${text}\n`)
    const broker = await startBroker({ given: environment('KAFKA_BROKERS'), cache, progress })
    endProgress()
    const { brokers, means } = broker
    if (json) sayJson({ brokers, means })
    else say(`${brokers}  (${means}); Ctrl-C ends it and deletes its data`)
    // Not `once`: under npm a Ctrl-C comes twice, and the second must not leave its data behind.
    await new Promise<void>(resolve => process.on('SIGINT', resolve).on('SIGTERM', resolve))
    await broker.stop()
    return 0
  })
}

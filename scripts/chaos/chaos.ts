import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { startBroker } from '../../connectors/kafka/broker/local-broker.ts'
import type { Sabotage } from '../../connectors/kafka/kafka-log.ts'
import { runs } from '../cli/commands/command.ts'
import { environment } from '../cli/environment.ts'
import { type ExitCode, UsageError } from '../cli/errors.ts'
import { type Flags, span, wholeNumber } from '../cli/flags.ts'
import { printJson, printLine } from '../cli/output.ts'
import { type ChaosReport, chaos } from './run.ts'

const sabotages = ['withoutFence', 'positionsApart', 'kafkajsFilter'] as const

const command = new Command('chaos')
  .description(
    'kill and freeze the workers and the broker of an application at random moments under load, and count what its topics then hold',
  )
  .option('--kills <n>', 'how often a worker is killed or frozen; its store may be deleted or torn', wholeNumber, 30)
  .option('--workers <n>', 'worker processes', wholeNumber, 3)
  .option('--seed <text>', 'determines the customers, and when which worker gets which fault', String(Date.now()))
  .option('--topology <module>', 'run the `topology` that this module exports; it folds the history of --input')
  .option('--adapter <name>', 'how to read that history: complete-journey, json-lines or sample')
  .option('--input <path>', 'the file or folder that the adapter reads')
  .option('--customers <n>', 'simulated customers', wholeNumber, 6000)
  .option('--partitions <n>', 'partitions of each keyed topic', wholeNumber, 6)
  .option('--session <span>', 'session timeout of the consumer group', span, 3000)
  .option('--patience <span>', 'how long no task may make progress before the run is given up', span, 60_000)
  .option('--standby', 'workers keep warm copies of the tasks of others')
  .addOption(
    new Option('--sabotage <rule>', `leave out a rule, so that the run must find damage: ${sabotages.join(', ')}`)
      .argParser(sabotageOf)
      .default({})
      .hideHelp(),
  )
  .option('--json', 'print one JSON object on the last line')
runs(command, runChaos)
await command.parseAsync()

async function runChaos({ json, ...flags }: Flags): Promise<ExitCode> {
  const { kills, workers, customers, partitions, seed, session, patience, sabotage, standby = false } = flags
  if (workers < 1 || workers > partitions)
    throw new UsageError('--workers must be 1 or more, and no more than --partitions')
  const { topology = null, adapter, input } = flags
  const given = environment('KAFKA_BROKERS')
  const progress = (text: string) => process.stderr.write(`${text}\n`)
  const cache = environment('JOAI_CACHE') ?? join(homedir(), '.cache', 'joai')
  const broker = await startBroker({ given, cache, progress })
  const folder = mkdtempSync(join(tmpdir(), 'joai-chaos-'))
  const forget = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  const end = () => {
    // Registered after the worker pool's listener, which kills the workers.
    process.once('exit', forget)
    void broker.stop().finally(() => process.exit(3))
  }
  process.on('SIGINT', end).on('SIGTERM', end)
  let isOk = false
  try {
    progress(`seed ${seed}, on ${broker.means}`)
    const report = await chaos({
      ...{ kills, workers, customers, partitions, seed, sabotage, standby, broker, folder, progress },
      ...{ topology, input: adapter === undefined ? null : { adapter, input } },
      ...{ canRestart: !given, sessionTimeoutMs: session, patienceMs: patience },
    })
    writeFileSync(join(folder, 'report.json'), JSON.stringify(report, null, 2))
    if (json) printJson(report)
    else print(report)
    isOk = report.ok
    return isOk ? 0 : 1
  } finally {
    await broker.stop()
    if (isOk) forget()
    else progress(`kept the logs and stores of the workers and a dump of the topics in ${folder}`)
  }
}

function print({ findings, alarms, kills, ...report }: ChaosReport): void {
  for (const [name, value] of Object.entries({ ...report, ...kills })) printLine(`${name.padEnd(18)} ${value}`)
  for (const text of [...alarms, ...findings]) printLine(`    ${text}`)
}

function sabotageOf(text: string): Sabotage {
  if (!sabotages.some(name => name === text))
    throw new InvalidArgumentError(`It must be one of ${sabotages.join(', ')}.`)
  return { [text]: true }
}

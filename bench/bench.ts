import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import { runs } from '../scripts/cli/commands/command.ts'
import { amount, type Flags, span, wholeNumber } from '../scripts/cli/flags.ts'
import { printJson, printLine } from '../scripts/cli/output.ts'
import { embeddedBench } from './embedded.ts'
import { kafkaBench } from './kafka.ts'
import { kafkaReport } from './kafka-report.ts'
import { withOwnBroker } from './own-broker.ts'
import { recoveryBench } from './recovery.ts'
import { recoveryReport } from './recovery-report.ts'
import { rollingBench } from './rolling.ts'
import { rollingReport } from './rolling-report.ts'

const release = fileURLToPath(new URL('../../bench/release.yaml', import.meta.url))

const program = new Command('bench')
  .description('Measures throughput, latency, size and recovery on this machine.')
  .exitOverride()
  .showHelpAfterError()
  .addHelpText('after', '\nExit codes: 0 done, 1 a target was missed, 2 wrong use, 3 the outside world failed.')

const embedded = program
  .command('embedded', { isDefault: true })
  .description('the embedded log: events per second, latency, bytes, restart')
  .option('--persons <n>', 'customers who are known before the measurement', wholeNumber, 100_000)
  .option('--events <n>', 'events of the measurement', wholeNumber, 200_000)
runs(repeated(embedded), async flags => {
  const { persons, events, repeats, json = false } = flags
  return (await embeddedBench({ persons, events, repeats, release, json })) ? 0 : 1
})

const kafka = program
  .command('kafka')
  .description('one worker on a broker on this machine: highest throughput, and latency at half of it, by hop')
  .option('--partitions <n>', 'partitions of each keyed topic', wholeNumber, 1)
  .option('--persons <n>', 'customers who are known before the measurement', wholeNumber, 20_000)
  .option('--seconds <n>', 'how long each measurement takes', wholeNumber, 15)
  .option('--warm-up <n>', 'seconds of each measurement, once before all others, that do not count', wholeNumber, 40)
runs(repeated(kafka), async ({ partitions, persons, seconds, warmUp: warmUpSeconds, repeats, json }) => {
  const options = { partitions, persons, seconds, warmUpSeconds, repeats, release }
  return withOwnBroker(
    async environment =>
      printReport(kafkaReport(options, environment.broker, await kafkaBench(options, environment)), json),
    {
      bothCompilers: true,
    },
  )
})

const recovery = program
  .command('recovery')
  .description('kills a worker with a lot of state on disk under load: time without a decision, and what is replayed')
  .option('--gigabytes <n>', 'state on disk', amount, 1.1)
  .option('--partitions <n>', 'partitions of each keyed topic', wholeNumber, 4)
  .option('--rate <n>', 'events a second during the measurement', wholeNumber, 200)
  .option('--session-timeout <ms>', 'session timeout of the consumer group', wholeNumber, 10_000)
runs(repeated(recovery), async ({ sessionTimeout: sessionTimeoutMs, json, ...flags }) => {
  const { gigabytes, partitions, rate, repeats } = flags
  const options = { gigabytes, partitions, rate, repeats, sessionTimeoutMs, release }
  return withOwnBroker(async environment =>
    printReport(recoveryReport(options, await recoveryBench(options, environment)), json),
  )
})

const rolling = program
  .command('rolling')
  .description(
    'scales from one worker to several, restarts each, and scales back, under load: longest gap by partition',
  )
  .option('--workers <n>', 'worker processes at most', wholeNumber, 3)
  .option('--partitions <n>', 'partitions of each keyed topic', wholeNumber, 6)
  .option('--rate <n>', 'events a second during the measurement', wholeNumber, 400)
  .option('--session-timeout <ms>', 'session timeout of the consumer group', wholeNumber, 10_000)
  .option('--rest <span>', 'pause between two changes, such as 5s', span, 5000)
  .option('--json', 'print one JSON object on the last line')
runs(rolling, async ({ workers, partitions, rate, sessionTimeout: sessionTimeoutMs, rest: restMs, json }) => {
  const options = { workers, partitions, rate, sessionTimeoutMs, restMs, release }
  return withOwnBroker(async environment =>
    printReport(rollingReport(options, await rollingBench(options, environment)), json),
  )
})

for (const command of program.commands) command.exitOverride().showHelpAfterError()

function repeated(command: Command): Command {
  return command
    .option('--repeats <n>', 'number of repeats; prints medians', wholeNumber, 3)
    .option('--json', 'print one JSON object on the last line')
}

function printReport({ json, words, isMet }: { json: object; words: string[]; isMet: boolean }, asJson: Flags['json']) {
  if (asJson) printJson(json)
  else for (const line of words) printLine(line)
  return isMet ? 0 : 1
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : 2
}

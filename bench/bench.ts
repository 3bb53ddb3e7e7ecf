import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import { runs } from '../scripts/cli/commands/command.ts'
import { amount, type Flags, span, wholeNumber } from '../scripts/cli/flags.ts'
import { say, sayJson } from '../scripts/cli/output.ts'
import { embeddedBench } from './embedded.ts'
import { kafkaBench } from './kafka.ts'
import { kafkaReport } from './kafka-report.ts'
import { onOwnBroker } from './own-broker.ts'
import { recoveryBench } from './recovery.ts'
import { recoveryReport } from './recovery-report.ts'
import { rollingBench } from './rolling.ts'
import { rollingReport } from './rolling-report.ts'

const release = fileURLToPath(new URL('../../bench/release.yaml', import.meta.url))

const program = new Command('bench')
  .description('What it costs and how fast it is, measured on this machine.')
  .exitOverride()
  .showHelpAfterError()
  .addHelpText('after', '\nExit codes: 0 done, 1 a target was missed, 2 wrong use, 3 the outside world failed.')

const embedded = program
  .command('embedded', { isDefault: true })
  .description('the embedded log: events per second, latency, bytes, restart')
  .option('--persons <n>', 'customers who are known before it is measured', wholeNumber, 100_000)
  .option('--events <n>', 'events that are measured', wholeNumber, 200_000)
runs(repeated(embedded), async flags => {
  const { persons, events, repeats, json = false } = flags
  return (await embeddedBench({ persons, events, repeats, release, json })) ? 0 : 1
})

const kafka = program
  .command('kafka')
  .description('one worker on a broker on this machine: the most it takes, and latency at half of that, by hop')
  .option('--partitions <n>', 'of each log that is keyed', wholeNumber, 1)
  .option('--persons <n>', 'customers who are known before it is measured', wholeNumber, 20_000)
  .option('--seconds <n>', 'how long each measurement takes', wholeNumber, 15)
  .option('--warm-up <n>', 'seconds of each measurement that do not count, first of all', wholeNumber, 40)
runs(repeated(kafka), async ({ partitions, persons, seconds, warmUp: warmUpSeconds, repeats, json }) => {
  const options = { partitions, persons, seconds, warmUpSeconds, repeats, release }
  return onOwnBroker(async place => told(kafkaReport(options, place.broker, await kafkaBench(options, place)), json), {
    bothCompilers: true,
  })
})

const recovery = program
  .command('recovery')
  .description(
    'a worker with a lot of state on disk is killed under load: how long nobody decides, and what is replayed',
  )
  .option('--gigabytes <n>', 'of state on disk', amount, 1.1)
  .option('--partitions <n>', 'of each log that is keyed', wholeNumber, 4)
  .option('--rate <n>', 'events a second meanwhile', wholeNumber, 200)
  .option('--session-timeout <ms>', 'how long the group waits for a worker that says nothing', wholeNumber, 10_000)
runs(repeated(recovery), async ({ sessionTimeout: sessionTimeoutMs, json, ...flags }) => {
  const { gigabytes, partitions, rate, repeats } = flags
  const options = { gigabytes, partitions, rate, repeats, sessionTimeoutMs, release }
  return onOwnBroker(async place => told(recoveryReport(options, await recoveryBench(options, place)), json))
})

const rolling = program
  .command('rolling')
  .description(
    'from one worker to several, a restart of each and back to one, under load: the longest gap in each partition',
  )
  .option('--workers <n>', 'how many there are at most', wholeNumber, 3)
  .option('--partitions <n>', 'of each log that is keyed', wholeNumber, 6)
  .option('--rate <n>', 'events a second meanwhile', wholeNumber, 400)
  .option('--session-timeout <ms>', 'how long the group waits for a worker that says nothing', wholeNumber, 10_000)
  .option('--rest <span>', 'between two changes, such as 5s', span, 5000)
  .option('--json', 'print one JSON object on the last line')
runs(rolling, async ({ workers, partitions, rate, sessionTimeout: sessionTimeoutMs, rest: restMs, json }) => {
  const options = { workers, partitions, rate, sessionTimeoutMs, restMs, release }
  return onOwnBroker(async place => told(rollingReport(options, await rollingBench(options, place)), json))
})

for (const command of program.commands) command.exitOverride().showHelpAfterError()

function repeated(command: Command): Command {
  return command
    .option('--repeats <n>', 'how often; medians are told', wholeNumber, 3)
    .option('--json', 'print one JSON object on the last line')
}

function told({ json, words, isMet }: { json: object; words: string[]; isMet: boolean }, asJson: Flags['json']) {
  if (asJson) sayJson(json)
  else for (const line of words) say(line)
  return isMet ? 0 : 1
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : 2
}

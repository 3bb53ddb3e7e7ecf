import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { personIds } from '../../../operators/identity/tokens.ts'
import type { IdentifiedRecord } from '../../../schemas/input-record.ts'
import type { Time } from '../../../schemas/record.ts'
import { defaultBehaviour } from '../../../simulation/customer.ts'
import { type HistorySettings, simulatedHistory } from '../../../simulation/history.ts'
import { jsonLineOf } from '../../../simulation/json-line.ts'
import { controlRecord, releaseControl } from '../../../topology/replay/control-record.ts'
import { createTopics, writeHistory } from '../../../topology/replay/history-writer.ts'
import { applicationOf, assertDecides } from '../../application/application.ts'
import { type Config, settings } from '../../config/config.ts'
import { demoStart, packagedFile } from '../../demo/demo.ts'
import { primaryIdentifierType, readReleaseFile } from '../../input/release-file.ts'
import { assertEmpty, openLog, runFolder } from '../../logs/embedded.ts'
import { keepWords, wordsOfRun } from '../../logs/folder-words.ts'
import { singlePartitionTopics } from '../../logs/partitions.ts'
import { amount, type Flags, share, span, time, wholeNumber } from '../flags.ts'
import { endProgress, printJson, printLine, progress } from '../output.ts'
import { runs } from './command.ts'

/** Adds `joai load`, which generates the history of simulated customers, as large and as untidy as requested. */
export function loadCommand(program: Command): void {
  const { customers, visitsPerDay, skew, burst, lateShare, duplicateShare, disorderMs } = defaultBehaviour
  const command = program
    .command('load')
    .description('generate history, as JSON lines on stdout or into the input logs of a folder; `joai replay` runs it')
    .option('--log <dir>', 'write to the input logs of this new folder')
    .option(
      '--release <file>',
      'the release that decides; it names the primary identifier type of customers',
      'examples/retail.yaml',
    )
    .option('--customers <n>', 'the number of customers', wholeNumber, customers)
    .option('--days <n>', 'the number of days', wholeNumber, 7)
    .option('--rate <n>', 'visits of a customer per day, each with several events', amount, visitsPerDay)
    .option(
      '--skew <share>',
      '0: all customers visit equally often; 1: a few visit far more often than most',
      share,
      skew,
    )
    .option('--burst <share>', 'the share of visits that fall into one quarter of an hour of the day', share, burst)
    .option(
      '--late <share>',
      'the share of events that are received hours or days after they happened',
      share,
      lateShare,
    )
    .option('--duplicates <share>', 'the share of events that are received twice', share, duplicateShare)
    .option(
      '--disorder <span>',
      'events within this time may be received in another order, such as 4s',
      span,
      disorderMs,
    )
    .option('--seed <text>', 'the seed of the customers', 'joai')
    .option('--start <time>', 'the start of the first day, such as 2024-04-08T07:00Z; default: 2017-10-30T13:00Z', time)
    .option('--partitions <n>', 'partitions of each keyed topic')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async flags => {
    const { config } = settings({ partitions: flags.partitions })
    const counts: Record<string, number> = {}
    const records = counted(history(flags, config.secret), counts)
    if (flags.log === undefined) await pipeline(Readable.from(lines(records)), process.stdout, { end: false })
    else await writeTo(flags.log, records, config, packagedFile(flags.release))
    endProgress()
    if (flags.json) printJson({ ...counts, records: total(counts), ...(flags.log ? { log: flags.log } : {}) })
    else if (flags.log) printLine(`Wrote ${total(counts)} records. Next: joai replay --log ${flags.log}`)
    return 0
  })
}

/** Generates the release, then all records in order of time. */
function* history(flags: Flags, secret: string): Generator<IdentifiedRecord> {
  const release = readReleaseFile(packagedFile(flags.release))
  const start: Time = flags.start ?? demoStart
  const asked: HistorySettings = {
    personIdOf: personIds(secret),
    seed: flags.seed,
    start,
    days: flags.days,
    primaryIdentifierType: primaryIdentifierType(release),
    customers: flags.customers,
    visitsPerDay: flags.rate,
    skew: flags.skew,
    burst: flags.burst,
    lateShare: flags.late,
    duplicateShare: flags.duplicates,
    disorderMs: flags.disorder,
  }
  yield { ...controlRecord(releaseControl(release), start - 1), id: release.release }
  yield* simulatedHistory(asked)
}

function* counted(records: Iterable<IdentifiedRecord>, counts: Record<string, number>): Generator<IdentifiedRecord> {
  for (const record of records) {
    counts[record.topic] = (counts[record.topic] ?? 0) + 1
    if (total(counts) % 10_000 === 0) progress(`generated ${total(counts)} records`)
    yield record
  }
}

function* lines(records: Iterable<IdentifiedRecord>): Generator<string> {
  for (const record of records) yield `${jsonLineOf(record)}\n`
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)

async function writeTo(
  directory: string,
  records: Iterable<IdentifiedRecord>,
  config: Config,
  release: string,
): Promise<void> {
  const words = wordsOfRun(config, { release })
  const application = await applicationOf(config, words)
  assertDecides(application, '`joai load`')
  const { topology } = application
  const log = await openLog(runFolder(directory), config.durability)
  try {
    await assertEmpty(log, { directory }, 'name a new folder')
    keepWords(directory, words)
    await createTopics(log, topology, config.partitions, singlePartitionTopics)
    await writeHistory(log, topology, records)
  } finally {
    await log.close()
  }
}

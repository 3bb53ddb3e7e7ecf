import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { journeyStates } from '../../../operators/deciding/journeys.ts'
import { topics } from '../../../schemas/topics.ts'
import type { Log } from '../../../topology/log/log.ts'
import type { HistoryRunner } from '../../../topology/replay/history-runner.ts'
import { hashesOf } from '../../../topology/replay/run-hashes.ts'
import type { ChannelBridge } from '../../demo/channel-bridge.ts'
import { coverageOf } from '../../demo/coverage.ts'
import { type DemoOptions, demoStart, openDemo } from '../../demo/demo.ts'
import { formatCoverage, formatDeliveries, formatSummary } from '../../demo/format.ts'
import { type ActiveJourneys, Screen } from '../../demo/screen.ts'
import { type EpochResult, epochMs, type SimulationLoop } from '../../demo/simulation-loop.ts'
import { quantile } from '../../demo/statistics.ts'
import { runFolder } from '../../logs/embedded.ts'
import { countOf, summarize } from '../../logs/summary.ts'
import { namesInDocument } from '../../queries/action-names.ts'
import { releaseIn } from '../../queries/handlers/control.ts'
import { liveBackend } from '../../query-server/live-backend.ts'
import { startQueryServer } from '../../query-server/query-server.ts'
import { UsageError } from '../errors.ts'
import { type Flags, span, wholeNumber } from '../flags.ts'
import { printJson, printLine } from '../output.ts'
import { folder, runs } from './command.ts'

/** `joai demo`: simulates customers who react to sends; killed or stopped, it continues where it was. */
export function demoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('simulate customers, decide what to send them, and let them react')
    .option(
      '--log <dir>',
      'keep log and state in this folder; started again, the demo continues where it stopped',
      folder[2],
    )
    .option('--speed <n>', 'simulated seconds per second; 0: as fast as possible', wholeNumber, 3600)
    .option(
      '--for <span>',
      'end after this time, such as 20s; otherwise run until Ctrl-C, or for 20s without a terminal',
      span,
    )
    .option('--until <span>', 'end when this much simulated time has passed since the first start, such as 3d', span)
    .option('--release <file>', 'the release that decides; only for a new folder (default: examples/retail.yaml)')
    .option('--seed <text>', 'the seed of the customers; only for a new folder')
    .option('--customers <n>', 'the number of customers; only for a new folder', wholeNumber)
    .option(
      '--webhook <url>',
      'deliver the sends of all channels to this address: https, or http on this computer; default: as joai.yaml says',
    )
    .option('--dry-run', 'deliver nothing, whatever joai.yaml says')
    .option('--show <n>', 'the number of decisions to show', wholeNumber, 12)
    .option('--truth <file>', 'at the end, write the truth about the simulated customers')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async flags => {
    const asked = {
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      ...(flags.customers === undefined ? {} : { customers: flags.customers }),
      ...(flags.release === undefined ? {} : { release: resolve(flags.release) }),
    }
    const screen = new Screen(flags.show, flags.log === folder[2] ? null : flags.log)
    const latenciesMs: number[] = []
    const onEpoch = (epoch: EpochResult) => {
      for (const ms of epoch.latenciesMs) latenciesMs.push(ms)
      screen.epoch(epoch)
    }
    const place = runFolder(flags.log)
    const demo = await openDemo(place, asked, { onEpoch, delivers: deliversAs(flags) })
    try {
      const { log, loop, population, release, channels } = demo
      const server = await startQueryServer(place.directory, liveBackend(demo))
      try {
        await runEpochs(loop, screen, limitsOf(flags))
        await channels.drainAndStop(drainMs)
      } finally {
        await server.close()
      }
      const actionIds = release.actions.map(({ id }) => id)
      if (flags.truth) writeFileSync(flags.truth, JSON.stringify(population.truth(actionIds, loop.time)))
      const counts = channels.counts()
      await printResult(log, screen, latenciesMs, counts, flags.json ? { log: flags.log, loop } : null)
    } finally {
      await demo.close()
    }
    return 0
  })
}

interface Limits {
  readonly speed: number
  readonly for?: number
  readonly until?: number
}

const deliversAs = ({ webhook, dryRun }: Flags): NonNullable<DemoOptions['delivers']> => {
  if (dryRun && webhook !== undefined) throw new UsageError('--dry-run delivers nothing: leave out --webhook')
  if (dryRun) return 'nothing'
  return webhook === undefined ? 'as-configured' : { webhook }
}

/** How long a demo waits at its end for due sends to be delivered. */
const drainMs = 5000

/** How long a demo runs without a terminal, where nobody can press Ctrl-C. */
const unattendedMs = 20_000

function limitsOf({ speed, for: forMs, until }: Flags): Limits {
  const isEndless = forMs === undefined && until === undefined && process.stdout.isTTY
  if (isEndless) return { speed }
  return {
    speed,
    ...(until === undefined ? { for: forMs ?? unattendedMs } : { until, ...(forMs ? { for: forMs } : {}) }),
  }
}

/** Runs epochs until a limit or a signal, and completes the last one. */
async function runEpochs(loop: SimulationLoop, screen: Screen, limits: Limits): Promise<void> {
  const { speed, until = Number.POSITIVE_INFINITY } = limits
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  // Not `once`: under npm a Ctrl-C arrives twice, and the second must not kill the process while it ends.
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const timeout = limits.for === undefined ? undefined : setTimeout(stop, limits.for)
  const began = { at: performance.now(), time: loop.time }
  // Announced once it can be stopped, since a user may press Ctrl-C as soon as it is shown.
  screen.begin(loop.time)
  try {
    while (!stopping.signal.aborted && loop.time < demoStart + until) {
      await loop.epoch()
      if (screen.isDue) {
        screen.names = await loop.betweenEpochs(namesNow)
        screen.show(loop.time, await loop.betweenEpochs(underWay))
      }
      const aheadMs = speed === 0 ? 0 : (loop.time + epochMs - began.time) / speed - (performance.now() - began.at)
      if (aheadMs > 0) await delay(aheadMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  } finally {
    screen.names = await loop.betweenEpochs(namesNow)
    clearTimeout(timeout)
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

const namesNow = async (runner: HistoryRunner) => namesInDocument(releaseIn(runner).document)

/** Counts the persons in each journey from the rows; no log shows who has begun one. */
async function underWay({ tasks }: HistoryRunner): Promise<ActiveJourneys> {
  const counts = new Map<string, number>()
  for (const { rows } of tasks.filter(({ topic }) => topic.name === topics.people.name))
    for await (const keys of rows.keysWithRow(journeyStates))
      for (const key of keys)
        for (const { id } of rows.of(key).get(journeyStates).runs) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

/** Prints the result of all runs of the demo, counted from the logs. */
async function printResult(
  log: Log,
  screen: Screen,
  latenciesMs: readonly number[],
  channels: ReturnType<ChannelBridge['counts']>,
  json: { readonly log: string; readonly loop: SimulationLoop } | null,
): Promise<void> {
  const summary = await summarize(log)
  const coverage = await coverageOf(log)
  screen.end()
  printLine('')
  for (const line of [
    ...formatSummary(summary),
    formatCoverage(coverage),
    ...formatDeliveries(channels),
    '',
    ...screen.next(),
  ])
    printLine(line)
  if (!json) return
  const { events, consents, receipts, reference } = topics
  const records =
    (await countOf(log, events, 'event')) +
    (await countOf(log, consents, 'consent')) +
    (await countOf(log, receipts, 'receipt')) +
    (await countOf(log, reference, 'change'))
  const [p50Ms, p99Ms] = [0.5, 0.99].map(share =>
    latenciesMs.length === 0 ? null : Math.round(10 * quantile(latenciesMs, share)) / 10,
  )
  printJson({
    ...summary,
    records,
    p50Ms,
    p99Ms,
    coverage,
    channels,
    ...(await json.loop.betweenEpochs(runner => hashesOf(log, runner))),
    simulatedUntil: new Date(json.loop.time).toISOString(),
    log: json.log,
  })
}

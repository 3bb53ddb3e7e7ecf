import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { Decision } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { createTopics, writeHistory } from '../../topology/history.ts'
import { journey } from '../../topology/journey.ts'
import { replaySecret, settings } from '../config.ts'
import { home, openLog, runToQuiet } from '../embedded.ts'
import { inputRecords } from '../input.ts'
import { endProgress, progress, say, sayJson } from '../output.ts'
import { type Summary, summarize, values } from '../summary.ts'
import { runs, wholeNumber } from './command.ts'
import { singlePartition } from './replay.ts'

/** Found from the compiled file as well as from its source. */
function packaged(file: string): string {
  const beside = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL(`../../../${file}`, import.meta.url))
}

/** `joai demo`: a generated sample of customers through the grocery release, decisions in words. */
export function demoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('run a generated sample of customers through the grocery release, and show what is decided')
    .option('--log <dir>', 'keep log and state in this new folder', '.joai/demo')
    .option('--show <n>', 'decisions to show', wholeNumber, 12)
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ log: directory, show, json }) => {
    const { config } = settings({})
    const topology = journey({ secret: replaySecret })
    const place = home(directory)
    const started = await openLog(place)
    await createTopics(started, topology, config.partitions, singlePartition)
    const isNew = started.end(topics.control.name, 0) === 0
    if (isNew)
      await writeHistory(
        started,
        topology,
        await inputRecords({ adapter: 'sample', release: packaged('examples/grocery.yaml') }, topology),
      )
    await started.close()
    const finished = await runToQuiet(place, {
      topology,
      store: config.store,
      batch: config.batch,
      cacheRows: config.cacheRows,
      progress: records => progress(`folded ${records} records`),
    })
    endProgress()
    try {
      const shown: Decision[] = []
      for await (const decision of values<Decision>(finished.log, topics.decisions, 'decision')) shown.push(decision)
      shown.sort((a, b) => a.time.decidedAt - b.time.decidedAt)
      const summary = await summarize(finished.log)
      if (!isNew) say(`The sample in ${directory} was run before; this is what it came to.`)
      for (const decision of ofEachKind(shown, show)) say(inOneLine(decision))
      say('')
      for (const line of told(summary)) say(line)
      const example = shown.find(({ outcome }) => outcome.kind === 'ACT')
      if (example)
        say(
          `\nNext:\n  npm run -s joai -- explain ${example.decisionId.slice(0, 12)} --log ${directory}\n  npm run -s joai -- verify --log ${directory}`,
        )
      if (json) sayJson({ ...summary, records: finished.records, log: directory })
    } finally {
      await finished.close()
    }
    return 0
  })
}

/** Some of every kind, in order of time. */
function ofEachKind(decisions: readonly Decision[], count: number): Decision[] {
  const kinds = [...new Set(decisions.map(({ outcome }) => outcome.kind))]
  const each = Math.max(1, Math.floor(count / Math.max(1, kinds.length)))
  const chosen = new Set(
    kinds.flatMap(kind =>
      spread(
        decisions.filter(({ outcome }) => outcome.kind === kind),
        each,
      ),
    ),
  )
  return decisions.filter(decision => chosen.has(decision))
}

const spread = <T>(items: readonly T[], count: number): T[] =>
  items.filter(
    (_, index) => Math.floor((index * count) / items.length) !== Math.floor(((index - 1) * count) / items.length),
  )

function inOneLine({ time, subject, trigger, outcome, candidates, learning }: Decision): string {
  const when = new Date(time.decidedAt).toISOString().slice(0, 16).replace('T', ' ')
  const who = subject.personId.slice(-6)
  const open = candidates.filter(({ removedBy }) => removedBy === null).length
  const what = {
    ACT: `sends ${outcome.actionId} by ${outcome.channel}`,
    MANDATORY: `must send ${outcome.actionId} by ${outcome.channel}`,
    SILENCE: 'stays silent',
    DEFER: `waits until ${time.notBefore === null ? '' : new Date(time.notBefore).toISOString().slice(11, 16)}`,
    PENDING_APPROVAL: `asks for approval of ${outcome.actionId}`,
  }[outcome.kind]
  const how =
    outcome.kind === 'DEFER'
      ? ''
      : `, ${open} of ${candidates.length} candidates open, p = ${learning.behaviourProbability.toFixed(3)}`
  return `${when}  …${who}  ${(trigger.eventId === '' ? 'timer' : trigger.type).padEnd(16)} ${what}${how}`
}

function told(summary: Summary): string[] {
  const removals = Object.entries(summary.removedBy).map(([reason, count]) => `${reason} ${count}`)
  return [
    `${summary.persons} persons (${summary.merges} merged into another), ${summary.decisions} decisions on events, ${summary.timerDecisions} on timers`,
    `${summary.sends} sends, ${summary.silences} silences, ${summary.deferrals} deferrals, ${summary.cancellations} cancelled, ${summary.deadLetters} dead letters`,
    `candidates removed: ${removals.join(', ')}`,
  ]
}

import type { Decision } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { visibleLine } from '../cli/foreign-text.ts'
import { printLine } from '../cli/output.ts'
import type { ActionNames } from '../queries/action-names.ts'
import { formatDecision } from '../queries/decision-line.ts'
import type { EpochResult } from './simulation-loop.ts'
import { quantile } from './statistics.ts'

/** The number of persons in each journey. */
export type ActiveJourneys = ReadonlyMap<string, number>

/** Shows a running demo once a second: redrawn on a terminal, else as plain lines. */
export class Screen {
  readonly #show: number
  /** The flag by which other commands find the folder. */
  readonly #flag: string
  readonly #isTerminal = process.stdout.isTTY
  /** Counts of how often each cap was binding, since this process began. */
  readonly #caps = new Map<string, number>()
  /** Counts of the ends of each journey, by kind. */
  readonly #ended = new Map<string, Map<string, number>>()
  #deadLetters = 0
  /** The names of the actions of the release in force. */
  names: ActionNames = new Map()
  readonly #recent: Decision[] = []
  /** The first decisions of each kind, so that the end of a run shows the same decisions each time. */
  readonly #firsts = new Map<string, Decision[]>()
  #drawnAt = performance.now()
  #since = { records: 0, decisions: 0, latenciesMs: [] as number[] }

  /** `directory` is null for the default folder of all commands. */
  constructor(show: number, directory: string | null) {
    this.#show = show
    this.#flag = directory === null ? '' : ` --log ${directory}`
  }

  /** Announces that queries are answered from now on. */
  begin(time: Time): void {
    printLine(
      `${at(time)}  the demo is running; use \`joai explain\`, \`person\`, \`tail\`, \`stop\` and others at the same time`,
    )
  }

  /** Adds the result of an epoch. */
  epoch({ records, decisions, ended, deadLetters, latenciesMs }: EpochResult): void {
    for (const decision of [...decisions].sort((a, b) => a.time.decidedAt - b.time.decidedAt)) this.#note(decision)
    for (const { journeyId, how } of ended) {
      const ends = this.#ended.get(journeyId) ?? new Map<string, number>()
      this.#ended.set(journeyId, ends)
      count(ends, how)
    }
    this.#deadLetters += deadLetters
    this.#since.records += records
    this.#since.decisions += decisions.length
    this.#since.latenciesMs.push(...latenciesMs)
  }

  /** Whether the screen is due for an update. */
  get isDue(): boolean {
    return performance.now() - this.#drawnAt >= 1000
  }

  /** Shows the current status and the recent decisions. */
  show(time: Time, active: ActiveJourneys): void {
    const status = [this.#status(time), ...this.#journeys(active)]
    const recent = this.#recent.map(decision => formatDecision(decision, this.names))
    if (this.#isTerminal) {
      const lines = [
        ...status,
        ...recent,
        '',
        'Ctrl-C ends it, and it can be started again where it stopped.',
        ...this.next(),
      ]
      process.stdout.write(`\u001b[H\u001b[J${lines.map(visibleLine).join('\n')}\n`)
    } else for (const line of [...status, ...recent.slice(0, 1)]) printLine(visibleLine(line))
    this.#drawnAt = performance.now()
    this.#since = { records: 0, decisions: 0, latenciesMs: [] }
  }

  /** Shows some decisions of each kind at the end of a run. */
  end(): void {
    const each = Math.ceil(this.#show / Math.max(1, this.#firsts.size))
    const shown = [...this.#firsts.values()].flatMap(ofKind => ofKind.slice(0, each))
    if (this.#isTerminal) process.stdout.write('\u001b[H\u001b[J')
    for (const decision of shown.sort((a, b) => a.time.decidedAt - b.time.decidedAt))
      printLine(visibleLine(formatDecision(decision, this.names)))
  }

  /** Returns commands to try next, in another terminal or after the end. */
  next(): string[] {
    const example = (this.#firsts.get('ACT') ?? this.#recent)[0]
    const commands = [
      ...(example ? [`explain ${example.decisionId.slice(0, 12)}`, `person ${example.subject.personId}`] : []),
      ...(example?.outcome.kind === 'ACT' ? [`stop ${example.outcome.actionId}`] : []),
      'tail decisions',
      'verify',
      'demo',
    ]
    return ['Next:', ...commands.map(command => `  npm run -s joai -- ${command}${this.#flag}`)]
  }

  #note(decision: Decision): void {
    const { kind } = decision.outcome
    const firsts = this.#firsts.get(kind) ?? []
    if (firsts.length < this.#show) this.#firsts.set(kind, [...firsts, decision])
    this.#recent.unshift(decision)
    this.#recent.splice(this.#show)
    const binding = decision.candidates.flatMap(({ removedBy }) =>
      removedBy?.stage === 'cap' || removedBy?.stage === 'budget' ? [removedBy.rule] : [],
    )
    for (const rule of new Set(binding)) count(this.#caps, rule)
  }

  #status(time: Time): string {
    const { records, decisions, latenciesMs } = this.#since
    const seconds = (performance.now() - this.#drawnAt) / 1000
    const perSecond = (number: number) => Math.round(number / seconds)
    const pace = latenciesMs.length > 0 ? `, p99 ${Math.round(quantile(latenciesMs, 0.99))} ms` : ''
    const caps = listed(this.#caps) || 'none yet'
    return `${at(time)}  ${perSecond(records)} records/s, ${perSecond(decisions)} decisions/s${pace}; caps binding: ${caps}; dead letters ${this.#deadLetters}`
  }

  #journeys(active: ActiveJourneys): string[] {
    const names = [...new Set([...active.keys(), ...this.#ended.keys()])].sort()
    if (names.length === 0) return []
    const texts = names.map(name => {
      const ends = listed(this.#ended.get(name) ?? new Map())
      return `${name} ${active.get(name) ?? 0} under way${ends && `, ended by ${ends}`}`
    })
    return [`journeys: ${texts.join('; ')}`]
  }
}

const count = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, number]) => `${name} ${number}`).join(', ')

const at = (time: Time): string => `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`

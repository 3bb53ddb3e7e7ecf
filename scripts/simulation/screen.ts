import type { Decision } from '../../schemas/generated.ts'
import type { Time } from '../../schemas/record.ts'
import { say } from '../output.ts'
import { quantile } from '../statistics.ts'
import { inOneLine } from './in-words.ts'
import type { LivedEpoch } from './living.ts'

/** What a demo shows while it runs: once a second, drawn over on a terminal, else as plain lines. */
export class Screen {
  readonly #show: number
  readonly #directory: string
  readonly #isTerminal = process.stdout.isTTY
  readonly #caps = new Map<string, number>()
  readonly #recent: Decision[] = []
  /** The first of each kind, so that what a run shows at its end does not depend on when it was looked at. */
  readonly #firsts = new Map<string, Decision[]>()
  #drawnAt = performance.now()
  #since = { records: 0, decisions: 0, latenciesMs: [] as number[] }

  constructor(show: number, directory: string) {
    this.#show = show
    this.#directory = directory
  }

  /** Takes in what an epoch came to, and shows it if it is time to. */
  epoch({ records, decisions, latenciesMs }: LivedEpoch, time: Time): void {
    for (const decision of [...decisions].sort((a, b) => a.time.decidedAt - b.time.decidedAt)) this.#note(decision)
    this.#since.records += records
    this.#since.decisions += decisions.length
    this.#since.latenciesMs.push(...latenciesMs)
    const seconds = (performance.now() - this.#drawnAt) / 1000
    if (seconds < 1) return
    const lines = this.#lines(time, seconds)
    if (this.#isTerminal) process.stdout.write(`\u001b[H\u001b[J${lines.join('\n')}\n`)
    else for (const line of lines.slice(0, 2)) say(line)
    this.#drawnAt = performance.now()
    this.#since = { records: 0, decisions: 0, latenciesMs: [] }
  }

  /** Some decisions of each kind, and what to try next. */
  end(): void {
    const each = Math.ceil(this.#show / Math.max(1, this.#firsts.size))
    const shown = [...this.#firsts.values()].flatMap(ofKind => ofKind.slice(0, each))
    if (this.#isTerminal) process.stdout.write('\u001b[H\u001b[J')
    for (const decision of shown.sort((a, b) => a.time.decidedAt - b.time.decidedAt)) say(inOneLine(decision))
  }

  /** What can be asked of the log once nobody writes to it. */
  next(): string[] {
    const example = (this.#firsts.get('ACT') ?? this.#recent)[0]
    const commands = [
      ...(example ? [`explain ${example.decisionId.slice(0, 12)} --log ${this.#directory}`] : []),
      `verify --log ${this.#directory}`,
      `demo --log ${this.#directory}`,
    ]
    return ['Next:', ...commands.map(command => `  npm run -s joai -- ${command}`)]
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
    for (const rule of new Set(binding)) this.#caps.set(rule, (this.#caps.get(rule) ?? 0) + 1)
  }

  #lines(time: Time, seconds: number): string[] {
    const { records, decisions, latenciesMs } = this.#since
    const perSecond = (count: number) => Math.round(count / seconds)
    const pace = latenciesMs.length > 0 ? `, p99 ${Math.round(quantile(latenciesMs, 0.99))} ms` : ''
    const caps = [...this.#caps].map(([rule, count]) => `${rule} ${count}`).join(', ')
    return [
      `${at(time)}  ${perSecond(records)} records/s, ${perSecond(decisions)} decisions/s${pace}; caps binding: ${caps || 'none yet'}`,
      ...this.#recent.map(inOneLine),
      '',
      'Ctrl-C ends it, and it can be started again where it stopped.',
      ...this.next(),
    ]
  }
}

const at = (time: Time): string => `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`

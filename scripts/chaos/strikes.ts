import { setTimeout as delay } from 'node:timers/promises'
import { Chance } from '../../simulation/chance.ts'
import type { Crew } from './crew.ts'
import { tear, wipe } from './store-damage.ts'

/** What is done to a worker. All but `killed` and `frozen` fall while a commit of it is on its way. */
export const faults = ['killed', 'killedCommitting', 'frozen', 'frozenCommitting', 'wiped', 'torn'] as const
export type Fault = (typeof faults)[number]

/** How often what was done. */
export type Counts = Record<Fault | 'brokerRestarted', number>

export interface StrikeOptions {
  readonly kills: number
  readonly workers: number
  readonly crew: Crew
  readonly seed: string
  readonly sessionTimeoutMs: number
  readonly folderOf: (worker: number) => string
  /** Null where the brokers are not ours to restart. */
  readonly restartBroker: (() => Promise<void>) | null
  readonly tell: (text: string) => void
  /** Ends it where it stands. */
  readonly signal: AbortSignal
}

const betweenMs = { least: 100, most: 2500 }
const inCommitMs = { least: 0, most: 25 }
const downMs = { least: 0, most: 1500 }
/** How long a worker may stay without a commit, if the next fault is to come on top of work. */
const workWithinMs = 30_000

export const noCounts = (): Counts => ({
  killed: 0,
  killedCommitting: 0,
  frozen: 0,
  frozenCommitting: 0,
  wiped: 0,
  torn: 0,
  brokerRestarted: 0,
})

/** Does so much at random moments, of each kind about as often; the broker is killed after each third. Answers what it did. */
export async function strikes(options: StrikeOptions): Promise<Counts> {
  const { kills, workers, crew, seed, restartBroker, tell, signal } = options
  const chance = new Chance(`${seed}/moments`)
  const counts = noCounts()
  const restartsAfter = new Set([Math.ceil(kills / 3), Math.ceil((2 * kills) / 3)])
  const busy = new Map<number, Promise<void>>()
  const deck: Fault[] = []
  for (let n = 1; n <= kills && !signal.aborted; n++) {
    // Half of them wait until there is work to disturb, the others come on top of what is still being mended.
    if (chance.is(0.5)) await workDone(crew, signal)
    await delay(chance.between(betweenMs.least, betweenMs.most))
    if (deck.length === 0) deck.push(...shuffled(faults, chance))
    const [fault, worker] = [deck.pop()!, chance.between(0, workers - 1)]
    await busy.get(worker)
    tell(`${n} of ${kills}: worker ${worker} is ${inWords[fault]}`)
    const done = strike(fault, worker, new Chance(`${seed}/${n}`), options).then(isDone => {
      if (isDone) counts[fault]++
    })
    busy.set(worker, done)
    if (!restartBroker || !restartsAfter.has(n)) continue
    tell('the broker is killed and restarted')
    await restartBroker()
    counts.brokerRestarted++
  }
  await Promise.all(busy.values())
  return counts
}

const inWords: Readonly<Record<Fault, string>> = {
  killed: 'killed',
  killedCommitting: 'killed in mid-commit',
  frozen: 'frozen',
  frozenCommitting: 'frozen in mid-commit',
  wiped: 'killed in mid-commit, and its store deleted',
  torn: 'killed in mid-commit, and its store torn',
}

/** False if it was given up before the worker did what it was to be struck in. */
async function strike(
  fault: Fault,
  worker: number,
  chance: Chance,
  { crew, folderOf, sessionTimeoutMs, signal }: StrikeOptions,
): Promise<boolean> {
  const afterMs = fault === 'killed' || fault === 'frozen' ? null : chance.between(inCommitMs.least, inCommitMs.most)
  const forMs = chance.between(downMs.least, downMs.most)
  if (fault === 'frozen' || fault === 'frozenCommitting') {
    if (!(await crew.freeze(worker, afterMs, signal))) return false
    await delay(sessionTimeoutMs + 1000 + forMs)
    crew.thaw(worker)
    return true
  }
  if (!(await crew.kill(worker, afterMs, signal))) return false
  if (fault === 'wiped') wipe(folderOf(worker))
  if (fault === 'torn') tear(folderOf(worker), chance)
  await delay(forMs)
  crew.start(worker)
  return true
}

/** Until a decision was committed, or after a while. */
async function workDone(crew: Crew, signal: AbortSignal): Promise<void> {
  const before = crew.decidedAt.length
  for (const until = performance.now() + workWithinMs; performance.now() < until && !signal.aborted; await delay(20))
    if (crew.decidedAt.length > before) return
}

function shuffled<T>(items: readonly T[], chance: Chance): T[] {
  const left = [...items]
  return items.map(() => left.splice(chance.between(0, left.length - 1), 1)[0]!)
}

import { days, type Time } from '../../schemas/record.ts'
import type { Task } from '../task/task.ts'

/** A timer of a key, as of when it was noted; it may have moved since. */
export interface DueTimer {
  readonly due: Time
  readonly task: Task
  /** The place of the task's topic in the order in which records travel. */
  readonly hop: number
  readonly key: string
}

/** How far beyond what is asked for timers are fetched, so that the store is seldom asked. */
const aheadMs = days(1)

/**
 * Keeps the timers of all tasks in the order in which they fire: by due time, then in the order of the logs, then by key. The
 * number of partitions plays no part. Those that are due soon are in memory; the store has the others.
 */
export class DueTimers {
  readonly #tasks: readonly Task[]
  readonly #hops: ReadonlyMap<Task, number>
  readonly #heap: DueTimer[] = []
  /** All timers due until then are in memory. */
  #until: Time = Number.NEGATIVE_INFINITY

  constructor(tasks: readonly Task[]) {
    this.#tasks = tasks.filter(({ plan }) => plan.timers.size > 0)
    const hops = [...new Set(this.#tasks.map(({ topic }) => topic))]
    this.#hops = new Map(this.#tasks.map(task => [task, hops.indexOf(task.topic)]))
  }

  /** Fetches the timers that are due by this time. */
  async reach(until: Time): Promise<void> {
    if (until <= this.#until || this.#tasks.length === 0) return
    const from = this.#until
    this.#until = until + aheadMs
    for (const task of this.#tasks) {
      await task.rows.settled()
      for (const { key, due } of await task.rows.timersBetween(from, this.#until)) this.#push(task, key, due)
    }
  }

  /** Notes the timer of a key that may have changed. */
  note(task: Task, key: string): void {
    const due = task.rows.takeMovedTimer(key)
    if (due !== null && due <= this.#until) this.#push(task, key, due)
  }

  /** Takes the first timer that is due by this time; null where there is none. */
  take(until: Time): DueTimer | null {
    const first = this.#heap[0]
    if (first === undefined || first.due > until) return null
    const last = this.#heap.pop()!
    if (this.#heap.length > 0) this.#sink(last)
    return first
  }

  #push(task: Task, key: string, due: Time): void {
    const heap = this.#heap
    const timer = { due, task, hop: this.#hops.get(task)!, key }
    let at = heap.length
    heap.push(timer)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (compare(heap[above]!, timer) <= 0) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = timer
  }

  /** Puts a timer in the place of the first one, and moves it to where it belongs. */
  #sink(timer: DueTimer): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && compare(heap[below + 1]!, heap[below]!) < 0) below++
      if (compare(timer, heap[below]!) <= 0) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = timer
  }
}

function compare(a: DueTimer, b: DueTimer): number {
  if (a.due !== b.due) return a.due - b.due
  if (a.hop !== b.hop) return a.hop - b.hop
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1
}

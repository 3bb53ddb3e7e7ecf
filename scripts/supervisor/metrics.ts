import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { topics } from '../../schemas/topics.ts'
import type { OutputRecord } from '../../topology/log/log.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import type { RowsRead, TaskStatus } from '../../topology/runtime/worker.ts'
import type { Progress } from './progress.ts'

/** Gauges of the library that are named as counters, which checkers of metrics report; the same stands in those without `_total`. */
const illNamed = ['handles', 'requests', 'resources'].map(what => `nodejs_active_${what}_total`)

/** Values that are read when the metrics are requested. */
export interface MetricSources {
  tasks(): readonly TaskStatus[]
  rowsOfOtherVersions(): readonly RowsRead[]
  /** How far a task is behind the end of its log. */
  progress(task: string): Progress
  /** Number of partitions of each topic that the worker may read. */
  partitions(): ReadonlyMap<string, number>
  storeBytes(): number
}

/** Metrics of a worker process. Names and labels are stable, because dashboards rely on them. */
export class WorkerMetrics {
  readonly #registry = new Registry()
  readonly #live: boolean
  readonly #now: () => number
  readonly #restoring = new Map<string, number>()
  readonly #duplicates = new Map<string, number>()
  readonly #records = this.#counter('joai_records_total', 'Input records folded and committed.', ['topic'])
  readonly #outputs = this.#counter('joai_outputs_total', 'Records written to a log.', ['topic'])
  readonly #commits = this.#counter('joai_commits_total', 'Transactions committed.', ['topic'])
  readonly #decisions = this.#counter('joai_decisions_total', 'Decisions, by what asked for them.', ['trigger'])
  readonly #deadLetters = this.#counter('joai_dead_letters_total', 'Records that could not be used.', [])
  readonly #twice = this.#counter('joai_duplicates_total', 'Records dropped as seen before: should be 0.', [])
  readonly #lost = this.#counter('joai_task_failures_total', 'Takeovers after a failure, by its code.', ['code'])
  readonly #stopped = this.#counter('joai_task_stops_total', 'Tasks that stopped for good: should be 0.', [])
  readonly #quarantines = this.#counter(
    'joai_quarantines_total',
    'Records under which a release threw, so that the one before goes on: should be 0.',
    [],
  )
  readonly #latency = new Histogram({
    name: 'joai_event_to_decision_seconds',
    help: 'From the append of an event to the commit of its decision.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1, 2, 5, 10, 30, 60],
    registers: [this.#registry],
  })
  readonly #age = new Histogram({
    name: 'joai_record_age_seconds',
    help: 'Since its event was appended, of the oldest record of a batch: when it was read, folded, and committed.',
    labelNames: ['topic', 'at'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [this.#registry],
  })

  /** No latency is measured for a history, whose records are old when they arrive. `now` returns ms since the epoch. */
  constructor(
    worker: string,
    sources: MetricSources,
    { live, now }: { readonly live: boolean; readonly now: () => number },
  ) {
    this.#live = live
    this.#now = now
    this.#registry.setDefaultLabels({ worker })
    collectDefaultMetrics({ register: this.#registry })
    for (const name of illNamed) this.#registry.removeSingleMetric(name)
    this.#gauge('joai_tasks', 'Tasks assigned, by state.', ['state'], gauge => {
      gauge.reset()
      for (const { state } of sources.tasks()) gauge.inc({ state })
    })
    this.#gauge('joai_lag_records', 'Records that wait to be folded.', ['topic', 'partition'], gauge => {
      gauge.reset()
      for (const { name, topic, partition } of sources.tasks())
        gauge.set({ topic, partition: String(partition) }, sources.progress(name).lag)
    })
    this.#gauge(
      'joai_stalled_partitions',
      'Partitions that do not move, though records wait, by reason: should be none.',
      ['topic', 'partition', 'reason'],
      gauge => {
        gauge.reset()
        for (const { name, topic, partition } of sources.tasks()) {
          const reason = sources.progress(name).stalled
          if (reason !== null) gauge.set({ topic, partition: String(partition), reason }, 1)
        }
      },
    )
    this.#gauge('joai_topic_partitions', 'Partitions of the topics that tasks read.', ['topic'], gauge => {
      gauge.reset()
      for (const [topic, partitions] of sources.partitions()) gauge.set({ topic }, partitions)
    })
    this.#gauge('joai_restore_entries', 'Changelog entries still to be restored.', ['task'], gauge => {
      gauge.reset()
      for (const [task, left] of this.#restoring) gauge.set({ task }, left)
    })
    this.#gauge('joai_cache_keys', 'Keys whose rows are in memory.', [], gauge => {
      gauge.set(sources.tasks().reduce((sum, { cachedRows }) => sum + cachedRows, 0))
    })
    this.#gauge(
      'joai_rows_of_other_versions',
      'Rows read that another version of their table wrote, since the start.',
      ['table', 'version'],
      gauge => {
        for (const { table, version, rows } of sources.rowsOfOtherVersions())
          gauge.set({ table, version: String(version) }, rows)
      },
    )
    this.#gauge('joai_store_bytes', 'Size of the store on disk.', [], gauge => gauge.set(sources.storeBytes()))
  }

  observe(event: TaskEvent): void {
    if (event.kind === 'read' || event.kind === 'folded' || event.kind === 'committed') this.#aged(event)
    if (event.kind === 'committed') this.#committed(event)
    else if (event.kind === 'restoring') this.#restoring.set(event.task, event.end - event.applied)
    else if (event.kind === 'opened' || event.kind === 'closed') this.#restoring.delete(event.task)
    else if (event.kind === 'lost') this.#lost.inc({ code: event.error.code })
    else if (event.kind === 'stopped') this.#stopped.inc()
    else if (event.kind === 'quarantined') this.#quarantines.inc()
    if (event.kind === 'opened') this.#duplicates.delete(event.task)
  }

  /** Returns all metrics as data, so that those of several workers can be merged. */
  json(): Promise<object[]> {
    return this.#registry.getMetricsAsJSON()
  }

  #committed({ task, topic, records, outputs, duplicates }: Extract<TaskEvent, { kind: 'committed' }>): void {
    this.#records.inc({ topic }, records)
    this.#commits.inc({ topic })
    this.#twice.inc(duplicates - (this.#duplicates.get(task) ?? 0))
    this.#duplicates.set(task, duplicates)
    const now = this.#now()
    for (const output of outputs) {
      this.#outputs.inc({ topic: output.topic })
      if (output.topic === topics.deadLetters.name) this.#deadLetters.inc()
      if (output.topic === topics.decisions.name) this.#decided(output, now)
    }
  }

  #aged({ kind, topic, oldest }: Extract<TaskEvent, { oldest: number }>): void {
    if (this.#live) this.#age.observe({ topic, at: kind }, Math.max(0, this.#now() - oldest) / 1000)
  }

  #decided({ cause, timestamp }: OutputRecord, now: number): void {
    // A decision on a timer has a path of one step; that on an event has passed through another sub-topology first.
    const isOfEvent = cause!.path.length > 1
    this.#decisions.inc({ trigger: isOfEvent ? 'event' : 'timer' })
    if (isOfEvent && this.#live) this.#latency.observe(Math.max(0, now - timestamp) / 1000)
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }

  #gauge(name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void | Promise<void>): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      async collect() {
        await collect(this)
      },
    })
  }
}

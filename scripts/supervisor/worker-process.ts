import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import pino, { type Logger } from 'pino'
import { withoutCredentials } from '../../connectors/credentials.ts'
import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import type { KafkaLog } from '../../connectors/kafka/kafka-log.ts'
import { Membership } from '../../connectors/kafka/membership.ts'
import { TopicNames } from '../../connectors/kafka/topic-names.ts'
import { ticks } from '../../schemas/topics.ts'
import type { Store } from '../../state/stores/store.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { TopicPartition } from '../../topology/log/log.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { type TaskStatus, Worker } from '../../topology/runtime/worker.ts'
import { noRowSchemas, type RowSchemas } from '../../topology/task/row-check.ts'
import type { ExitCode } from '../cli/errors.ts'
import { visibleText } from '../cli/foreign-text.ts'
import type { Config } from '../config/config.ts'
import { connectionOf, foreignIn, groupOf, openClusterLog } from '../logs/cluster.ts'
import { WorkerMetrics } from './metrics.ts'
import { PartitionGrowth } from './partition-growth.ts'
import { type Progress, ProgressWatch } from './progress.ts'
import { Ticker } from './ticker.ts'
import { bytesIn, isCorrupt, openOwnStore, workerFolder } from './worker-store.ts'

const lookWithinMs = 2000
const lostToldEveryMs = 60_000

/** Status of a worker, as it reports it to the supervisor. */
export interface WorkerStatus {
  readonly ready: boolean
  readonly tasks: readonly (TaskStatus & Progress)[]
  /** Partitions that this worker should read, and topics that it can't see, without a task so far. */
  readonly withoutTask: readonly string[]
  readonly metrics: readonly object[]
}

export interface WorkerProcessOptions {
  readonly config: Config
  readonly topology: Topology
  readonly kind: 'live' | 'history'
  readonly standby: boolean
  /** Number of the process, from 0; it names the folder of its store. */
  readonly index: number
  /** Looks up the schemas of rows that a later version of the topology wrote. */
  readonly rowSchemas?: RowSchemas
  /** Opens the log; only tests use another one than that of the configuration. */
  readonly openLog?: (config: Config, topology: Topology) => Promise<KafkaLog>
  readonly onTaskEvent?: (event: TaskEvent) => void
  /** Writes the log lines; only tests use another one than that of a worker. */
  readonly logger?: Logger
}

/**
 * Runs a worker process until `stopping` aborts, and drains it; `started` is called once it has joined the group. An error
 * that it can't go on from aborts `stopping`. Returns the exit code.
 */
export async function runWorker(
  options: WorkerProcessOptions,
  stopping: AbortController,
  started: (worker: WorkerProcess) => void = () => undefined,
): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  const worker = await WorkerProcess.start(options, error => {
    workerLogger(options.index).fatal({ error: errorSummary(error) }, 'this worker can not go on')
    exitCode = 3
    stopping.abort()
  })
  started(worker)
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  await worker.close()
  return exitCode
}

/** One worker process of an application, with its own client, producers and store. */
export class WorkerProcess {
  readonly #worker: Worker
  readonly #ticker: Ticker
  readonly #metrics: WorkerMetrics
  readonly #logger: Logger
  /** When the log was told last that a task was lost, and why. */
  readonly #lostTold = new Map<string, { readonly code: string; readonly at: number }>()
  readonly #watch: ProgressWatch
  readonly #growth: PartitionGrowth
  #looking: Promise<void> | null = null
  /** Offsets of the changelog between which each task is being restored. */
  readonly #restoring = new Map<string, { readonly from: number; readonly end: number }>()
  readonly #close: () => Promise<void>
  readonly #onTaskEvent: (event: TaskEvent) => void
  readonly #failed: (error: unknown) => void
  /** The store is corrupt, and is deleted when the process closes it. */
  #isCorrupt = false
  #membership: Membership | null = null
  #closing: Promise<void> | null = null
  readonly #over = new AbortController()

  private constructor(options: WorkerProcessOptions, log: KafkaLog, store: Store, failed: (error: unknown) => void) {
    const { config, topology, kind, standby, index, rowSchemas = noRowSchemas, onTaskEvent = () => undefined } = options
    this.#onTaskEvent = onTaskEvent
    this.#failed = failed
    this.#logger = options.logger ?? workerLogger(index)
    this.#ticker = new Ticker(log, error =>
      this.#logger.warn({ error: errorSummary(error) }, 'a tick was not appended'),
    )
    this.#worker = new Worker({
      topology,
      log,
      store,
      time: kind,
      batch: config.batch,
      cacheRows: config.cacheRows,
      standby,
      // A read from Kafka waits for records itself.
      idleMs: 0,
      rowSchemas,
      onEvent: event => this.#onEvent(event),
    })
    this.#watch = new ProgressWatch({
      log,
      tasks: () => this.#worker.tasks,
      told: (task, progress) => this.#tellProgress(task, progress),
    })
    this.#growth = new PartitionGrowth({ log, worker: this.#worker, logger: this.#logger })
    this.#metrics = new WorkerMetrics(
      String(index),
      {
        tasks: () => this.#worker.tasks,
        rowsOfOtherVersions: () => this.#worker.rowsOfOtherVersions,
        progress: task => this.#watch.of(task),
        partitions: () => this.#growth.known,
        storeBytes: () => bytesIn(workerFolder(config, index)),
      },
      { live: kind === 'live', now: Date.now },
    )
    this.#close = async () => {
      await store.close()
      await log.close()
      if (this.#isCorrupt) rmSync(workerFolder(config, index), { recursive: true, force: true })
    }
  }

  /** Joins the group and runs the assigned tasks. `failed` is called when the process can't go on and must be closed. */
  static async start(options: WorkerProcessOptions, failed: (error: unknown) => void): Promise<WorkerProcess> {
    const { config, topology, index, openLog = openClusterLog } = options
    const log = await openLog(config, topology)
    const store = await openOwnStore(config, index, error =>
      workerLogger(index).warn(
        { error: errorSummary(error) },
        'the store is damaged, and is built anew from the changelogs',
      ),
    )
    const worker = new WorkerProcess(options, log, store, failed)
    const names = new TopicNames({ prefix: config.prefix, foreign: foreignIn(topology) })
    try {
      worker.#membership = await Membership.join({
        kafka: kafkaClient(connectionOf(config), worker.#over.signal),
        groupId: groupOf(config),
        topics: worker.#worker.topics.map(topic => names.onBroker(topic)),
        sessionTimeoutMs: config.sessionTimeoutMs,
        assigned: partitions =>
          worker.#assigned(
            partitions.map(({ topic, partition }) => ({ topic: names.here(topic) ?? topic, partition })),
          ),
        lost: error =>
          worker.#logger.warn({ error: errorSummary(error) }, 'the group is out of reach, and is joined again'),
        failed,
      })
    } catch (error) {
      await worker.close()
      throw error
    }
    return worker
  }

  async status(): Promise<WorkerStatus> {
    const isMember = this.#membership !== null && this.#closing === null
    if (isMember) await this.#look()
    const tasks = this.#worker.tasks.map(task => ({ ...task, ...this.#watch.of(task.name) }))
    const { withoutTask } = this.#growth
    const areWell = withoutTask.length === 0 && tasks.every(one => one.state === 'running' && one.stalled === null)
    return { ready: isMember && areWell, tasks, withoutTask, metrics: await this.#metrics.json() }
  }

  /** Looks how far the tasks are, as far as the brokers answer in time: those that ask must not wait for them. */
  async #look(): Promise<void> {
    this.#looking ??= this.#watch
      .look()
      .catch(error => this.#logger.warn({ error: errorSummary(error) }, 'the progress of tasks is not known'))
      .finally(() => {
        this.#looking = null
      })
    const over = new AbortController()
    const { signal } = over
    await Promise.race([this.#looking, delay(lookWithinMs, undefined, { signal }).catch(() => undefined)])
    over.abort()
  }

  /** Drains: commits what is being folded, leaves the group, and closes the store. */
  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    await this.#ticker.close()
    await this.#growth.close()
    await this.#looking
    await this.#worker.close()
    await this.#membership?.leave()
    this.#over.abort()
    await this.#close()
    this.#logger.info('drained')
  }

  #assigned(partitions: readonly TopicPartition[]): void {
    if (this.#closing) return
    this.#logger.info({ partitions: partitions.map(({ topic, partition }) => `${topic}/${partition}`) }, 'assigned')
    this.#growth.assign(partitions)
    this.#ticker.run(partitions.some(({ topic }) => topic === ticks.name))
  }

  #onEvent(event: TaskEvent): void {
    this.#metrics.observe(event)
    this.#onTaskEvent(event)
    this.#watch.onEvent(event)
    if (event.kind === 'restoring') this.#restores(event)
    else if (event.kind === 'opened') this.#opened(event)
    else if (event.kind === 'closed') this.#logger.info({ task: event.task }, 'task closed')
    else if (event.kind === 'lost') {
      this.#restoring.delete(event.task)
      this.#tellLost(event)
    } else if (event.kind === 'quarantined') {
      const { task, name, position, error } = event
      this.#logger.error(
        { task, position, error: errorSummary(error) },
        `${name} is quarantined: the one before goes on`,
      )
    } else if (event.kind === 'stopped') this.#stopped(event.task, event.error)
  }

  /** A task that fails again and again for one reason has a line a minute. */
  #tellLost({ task, error, againInMs }: Extract<TaskEvent, { kind: 'lost' }>): void {
    const told = this.#lostTold.get(task)
    const now = performance.now()
    if (told?.code === error.code && now - told.at < lostToldEveryMs) return
    this.#lostTold.set(task, { code: error.code, at: now })
    this.#logger.warn({ task, error: errorSummary(error), againInMs }, 'task lost, to be taken over again')
  }

  #restores({ task, applied, end }: Extract<TaskEvent, { kind: 'restoring' }>): void {
    this.#restoring.set(task, { from: this.#restoring.get(task)?.from ?? applied, end })
  }

  /** Logs how much of the changelog was replayed, and where it ends. */
  #opened({ task, position }: Extract<TaskEvent, { kind: 'opened' }>): void {
    const { from, end } = this.#restoring.get(task) ?? { from: 0, end: 0 }
    this.#restoring.delete(task)
    this.#logger.info({ task, position, changelog: { replayed: end - from, end } }, 'task opened')
  }

  /** A corrupt store needs no attention: it is a copy, and the process restarts without it. */
  #stopped(task: string, error: unknown): void {
    if (!isCorrupt(error)) {
      this.#logger.error({ task, error: errorSummary(error) }, 'task stopped: someone has to look')
      return
    }
    this.#isCorrupt = true
    this.#failed(error)
  }

  #tellProgress({ name, position }: TaskStatus, { lag, stalled }: Progress): void {
    if (stalled === null) this.#logger.info({ task: name, lag }, 'task moves again')
    else this.#logger.warn({ task: name, position, lag, reason: stalled }, 'task does not move, though records wait')
  }
}

/** Makes a logger that writes lines of JSON to stderr, without credentials. */
export function workerLogger(worker: number | 'parent'): Logger {
  const stderr = pino.destination(2)
  const stream = { write: (line: string) => stderr.write(visibleText(withoutCredentials(line))) }
  return pino({ base: { worker }, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}

/** Returns the message and code of an error for a log line; never the data that it was about. */
export function errorSummary(error: unknown): { readonly message: string; readonly code?: string } {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return { message: message ?? String(error), ...(code === undefined ? {} : { code }) }
}

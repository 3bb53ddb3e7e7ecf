import { once } from 'node:events'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import { withoutCredentials } from '../../connectors/credentials.ts'
import { kafkaClient } from '../../connectors/kafka/kafka-client.ts'
import { Membership } from '../../connectors/kafka/membership.ts'
import { ticks } from '../../schemas/topics.ts'
import { openStore } from '../../state/stores/open-store.ts'
import { type Store, StoreError } from '../../state/stores/store.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log, TopicPartition } from '../../topology/log/log.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { type TaskStatus, Worker } from '../../topology/runtime/worker.ts'
import { noRowSchemas, type RowSchemas } from '../../topology/task/row-check.ts'
import type { ExitCode } from '../cli/errors.ts'
import { makeFolder } from '../cli/files.ts'
import { visibleText } from '../cli/foreign-text.ts'
import type { Config } from '../config/config.ts'
import { connectionOf, groupOf, openClusterLog } from '../logs/cluster.ts'
import { WorkerMetrics } from './metrics.ts'
import { Ticker } from './ticker.ts'

/** Status of a worker, as it reports it to the supervisor. */
export interface WorkerStatus {
  readonly ready: boolean
  readonly tasks: readonly TaskStatus[]
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
  readonly openLog?: (config: Config, topology: Topology) => Promise<Log>
  readonly onTaskEvent?: (event: TaskEvent) => void
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
  readonly #log: Log
  readonly #worker: Worker
  readonly #ticker: Ticker
  readonly #metrics: WorkerMetrics
  readonly #logger: Logger
  /** Position at which each task had folded its whole log: later offsets there are not records, but transaction markers. */
  readonly #idleAt = new Map<string, number>()
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

  private constructor(options: WorkerProcessOptions, log: Log, store: Store, failed: (error: unknown) => void) {
    const { config, topology, kind, standby, index, rowSchemas = noRowSchemas, onTaskEvent = () => undefined } = options
    this.#log = log
    this.#onTaskEvent = onTaskEvent
    this.#failed = failed
    this.#logger = workerLogger(index)
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
    this.#metrics = new WorkerMetrics(
      String(index),
      {
        tasks: () => this.#worker.tasks,
        rowsOfOtherVersions: () => this.#worker.rowsOfOtherVersions,
        lag: task => this.#lag(task),
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
    const store = await openOwnStore(config, index)
    const worker = new WorkerProcess(options, log, store, failed)
    try {
      worker.#membership = await Membership.join({
        kafka: kafkaClient(connectionOf(config), worker.#over.signal),
        groupId: groupOf(config),
        topics: worker.#worker.topics.map(topic => config.prefix + topic),
        sessionTimeoutMs: config.sessionTimeoutMs,
        assigned: partitions =>
          worker.#assigned(
            partitions.map(({ topic, partition }) => ({ topic: topic.slice(config.prefix.length), partition })),
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
    const { tasks } = this.#worker
    const ready = this.#membership !== null && this.#closing === null && tasks.every(({ state }) => state === 'running')
    return { ready, tasks, metrics: await this.#metrics.json() }
  }

  /** Drains: commits what is being folded, leaves the group, and closes the store. */
  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    await this.#ticker.close()
    await this.#worker.close()
    await this.#membership?.leave()
    this.#over.abort()
    await this.#close()
    this.#logger.info('drained')
  }

  #assigned(partitions: readonly TopicPartition[]): void {
    if (this.#closing) return
    this.#logger.info({ partitions: partitions.map(({ topic, partition }) => `${topic}/${partition}`) }, 'assigned')
    this.#worker.assign(partitions)
    this.#ticker.run(partitions.some(({ topic }) => topic === ticks.name))
  }

  #onEvent(event: TaskEvent): void {
    this.#metrics.observe(event)
    this.#onTaskEvent(event)
    if (event.kind === 'idle') this.#idleAt.set(event.task, event.position)
    else if (event.kind === 'restoring') this.#restores(event)
    else if (event.kind === 'opened') this.#opened(event)
    else if (event.kind === 'closed') this.#logger.info({ task: event.task }, 'task closed')
    else if (event.kind === 'lost') {
      const { task, error, againInMs } = event
      this.#restoring.delete(task)
      this.#logger.warn({ task, error: errorSummary(error), againInMs }, 'task lost, to be taken over again')
    } else if (event.kind === 'quarantined') {
      const { task, name, position, error } = event
      this.#logger.error(
        { task, position, error: errorSummary(error) },
        `${name} is quarantined: the one before goes on`,
      )
    } else if (event.kind === 'stopped') this.#stopped(event.task, event.error)
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

  async #lag({ name, topic, partition, position }: TaskStatus): Promise<number> {
    if (position === null || this.#idleAt.get(name) === position) return 0
    return (await this.#log.end(topic, partition).catch(() => position)) - position
  }
}

/** Makes a logger that writes lines of JSON to stderr, without credentials. */
export function workerLogger(worker: number | 'parent'): Logger {
  const stderr = pino.destination(2)
  const stream = { write: (line: string) => stderr.write(visibleText(withoutCredentials(line))) }
  return pino({ base: { worker }, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}

/** Opens the store of the process; a corrupt one is deleted, and its rows are restored from the changelogs. */
async function openOwnStore(config: Config, index: number): Promise<Store> {
  const folder = workerFolder(config, index)
  const open = () => openStore(config.store, join(folder, 'state'))
  makeFolder(folder)
  try {
    return await open()
  } catch (error) {
    if (!isCorrupt(error)) throw error
    workerLogger(index).warn(
      { error: errorSummary(error) },
      'the store is damaged, and is built anew from the changelogs',
    )
    rmSync(folder, { recursive: true, force: true })
    makeFolder(folder)
    return open()
  }
}

const isCorrupt = (error: unknown): boolean => error instanceof StoreError && error.code === 'store-corrupt'

/** Returns the folder of a worker's store, which holds nothing else. */
export const workerFolder = ({ data }: Config, index: number): string => join(data, `worker-${index}`)

/** Returns the message and code of an error for a log line; never the data that it was about. */
export function errorSummary(error: unknown): { readonly message: string; readonly code?: string } {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return { message: message ?? String(error), ...(code === undefined ? {} : { code }) }
}

function bytesIn(folder: string): number {
  let bytes = 0
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    // The store may delete a file at any time.
    bytes += statSync(join(file.parentPath, file.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}

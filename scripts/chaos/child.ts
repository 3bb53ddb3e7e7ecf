import type { KafkaLog, Sabotage } from '../../connectors/kafka/kafka-log.ts'
import { topics } from '../../schemas/topics.ts'
import { plan } from '../../topology/graph/plan.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { applicationOf } from '../application/application.ts'
import { reportError } from '../cli/output.ts'
import { settings } from '../config/config.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { errorSummary, runWorker, type WorkerProcessOptions } from '../supervisor/worker-process.ts'

/** Arguments of a worker process, passed as JSON. */
export interface ChildOptions {
  readonly index: number
  /** Settings, as flags give them. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly sabotage: Sabotage
  /** Whether it keeps warm copies of the tasks of others. */
  readonly standby: boolean
}

/** Send yourself this signal `afterMs` into a commit; if that commit is already done, do it in the next one. */
export interface SelfSignal {
  readonly signal: 'SIGKILL' | 'SIGSTOP'
  readonly afterMs: number
}

/** Events that a worker process reports to the pool. */
export type ChildEvent =
  | { readonly kind: 'committed'; readonly results: boolean }
  | { readonly kind: 'commitFailed'; readonly fenced: boolean }
  /** A task was opened; `restored` if its store was behind its changelog. */
  | { readonly kind: 'opened'; readonly restored: boolean }
  /** A task found its store damaged when it read it: the worker deletes the store and opens the task again. */
  | { readonly kind: 'damaged' }
  | { readonly kind: 'stopped'; readonly task: string; readonly why: string }
  /** A task got records that it had folded already, and dropped them. */
  | { readonly kind: 'duplicates'; readonly records: number }
  /** The worker is about to send itself the signal, in the middle of a commit. */
  | { readonly kind: 'signalled' }

const { index, settings: flags, sabotage, standby } = JSON.parse(process.argv[2]!) as ChildOptions
const { config } = settings(flags)
const { topology, decides } = await applicationOf(config)
/** Topics whose records are results: decisions, or all that someone's own topology puts out. */
const resultTopics = new Set(
  decides
    ? [topics.decisions.name]
    : [...plan(topology).topics.values()].flatMap(({ name, role }) => (role === 'public' ? [name] : [])),
)
let order: SelfSignal | null = null
process.on('message', message => {
  order = message as SelfSignal
})

/** Opens a log whose commits the process may interrupt with a signal to itself. */
async function openLog(): Promise<KafkaLog> {
  const log = await openClusterLog(config, topology, sabotage)
  const commit = log.commit.bind(log)
  let underWay = 0
  log.commit = async commits => {
    underWay++
    if (order)
      setTimeout(() => {
        if (order && underWay > 0) signalSelf(order)
      }, order.afterMs)
    try {
      return await commit(commits)
    } catch (error) {
      send({ kind: 'commitFailed', fenced: (error as { code?: string }).code === 'fenced' })
      throw error
    } finally {
      underWay--
    }
  }
  return log
}

function signalSelf({ signal }: SelfSignal): void {
  order = null
  send({ kind: 'signalled' })
  process.kill(process.pid, signal)
}

const send = (event: ChildEvent): void => {
  if (process.connected) process.send!(event)
}

/** Tasks that are being opened with a store that is behind its changelog. */
const restoring = new Set<string>()
/** Duplicates that each task has dropped since it was opened. */
const dropped = new Map<string, number>()

function onTaskEvent(event: TaskEvent): void {
  if (event.kind === 'restoring' && event.applied < event.end) restoring.add(event.task)
  if (event.kind === 'opened') {
    dropped.delete(event.task)
    send({ kind: 'opened', restored: restoring.delete(event.task) })
  }
  if (event.kind === 'stopped') sendStop(event.task, errorSummary(event.error))
  if (event.kind !== 'committed') return
  const { task, duplicates, outputs } = event
  const more = duplicates - (dropped.get(task) ?? 0)
  dropped.set(task, duplicates)
  if (more > 0) send({ kind: 'duplicates', records: more })
  send({ kind: 'committed', results: outputs.some(({ topic }) => resultTopics.has(topic)) })
}

function sendStop(task: string, { message, code }: ReturnType<typeof errorSummary>): void {
  if (code === 'store-corrupt') send({ kind: 'damaged' })
  else send({ kind: 'stopped', task, why: message })
}

let exitCode = 0
const stopping = new AbortController()
const stop = () => stopping.abort()
process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop)
try {
  const options: WorkerProcessOptions = { config, topology, kind: 'history', standby, index, openLog, onTaskEvent }
  exitCode = await runWorker(options, stopping)
} catch (error) {
  exitCode = reportError(error)
}
if (process.connected) process.disconnect()
process.exit(exitCode)

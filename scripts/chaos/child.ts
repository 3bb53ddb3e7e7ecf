import type { KafkaLog, Sabotage } from '../../connectors/kafka/kafka-log.ts'
import { topics } from '../../schemas/topics.ts'
import type { TaskEvent } from '../../topology/runtime/task-loop.ts'
import { applicationOf } from '../application/application.ts'
import { report } from '../cli/output.ts'
import { settings } from '../config/config.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { inShort, WorkerProcess, workerLogger } from '../supervisor/worker-process.ts'

/** What a worker is started with, as JSON. */
export interface ChildOptions {
  readonly index: number
  /** Settings, as flags give them. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly sabotage: Sabotage
  /** Keeps warm copies of what others work on. */
  readonly standby: boolean
}

/** Strike yourself with this signal, so long after a commit has begun, if it is still on its way then; else in the next one. */
export interface Strike {
  readonly signal: 'SIGKILL' | 'SIGSTOP'
  readonly afterMs: number
}

/** What a worker tells. */
export type ChildNews =
  | { readonly kind: 'committed'; readonly decisions: boolean }
  | { readonly kind: 'commitFailed'; readonly fenced: boolean }
  /** A task was taken over; `restored` if its store was behind what was committed. */
  | { readonly kind: 'opened'; readonly restored: boolean }
  /** Its store was found damaged when it was read: it ends, and begins without it. */
  | { readonly kind: 'damaged' }
  | { readonly kind: 'stopped'; readonly task: string; readonly why: string }
  /** A task met records that it had folded already. */
  | { readonly kind: 'doubled'; readonly records: number }
  /** It is about to strike itself, with a commit on its way. */
  | { readonly kind: 'struck' }

const { index, settings: flags, sabotage, standby } = JSON.parse(process.argv[2]!) as ChildOptions
const { config } = settings(flags)
const { topology } = await applicationOf(config)
let strike: Strike | null = null
process.on('message', message => {
  strike = message as Strike
})

/** While a commit is on its way, the process may be struck. */
async function openLog(): Promise<KafkaLog> {
  const log = await openClusterLog(config, topology, sabotage)
  const commit = log.commit.bind(log)
  let underWay = 0
  log.commit = async commits => {
    underWay++
    if (strike)
      setTimeout(() => {
        if (strike && underWay > 0) strikeNow(strike)
      }, strike.afterMs)
    try {
      return await commit(commits)
    } catch (error) {
      tell({ kind: 'commitFailed', fenced: (error as { code?: string }).code === 'fenced' })
      throw error
    } finally {
      underWay--
    }
  }
  return log
}

function strikeNow({ signal }: Strike): void {
  strike = null
  tell({ kind: 'struck' })
  process.kill(process.pid, signal)
}

const tell = (news: ChildNews): void => {
  if (process.connected) process.send!(news)
}

/** The tasks that are being opened with a store that is behind. */
const restoring = new Set<string>()
/** Records that came a second time, by task, since it was opened. */
const doubled = new Map<string, number>()

function hear(news: TaskEvent): void {
  if (news.kind === 'restoring' && news.applied < news.end) restoring.add(news.task)
  if (news.kind === 'opened') {
    doubled.delete(news.task)
    tell({ kind: 'opened', restored: restoring.delete(news.task) })
  }
  if (news.kind === 'stopped') tellStop(news.task, inShort(news.error))
  if (news.kind !== 'committed') return
  const { task, duplicates, outputs } = news
  const more = duplicates - (doubled.get(task) ?? 0)
  doubled.set(task, duplicates)
  if (more > 0) tell({ kind: 'doubled', records: more })
  tell({ kind: 'committed', decisions: outputs.some(({ topic }) => topic === topics.decisions.name) })
}

function tellStop(task: string, { message, code }: ReturnType<typeof inShort>): void {
  if (code === 'store-corrupt') tell({ kind: 'damaged' })
  else tell({ kind: 'stopped', task, why: message })
}

let exitCode = 0
const stopping = new AbortController()
const stop = () => stopping.abort()
process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop)
try {
  const options = { config, topology, kind: 'history', standby, index, openLog, heard: hear } as const
  const worker = await WorkerProcess.start(options, error => {
    workerLogger(index).fatal({ error: inShort(error) }, 'this worker can not go on')
    exitCode = 3
    stop()
  })
  if (!stopping.signal.aborted)
    await new Promise(resolve => stopping.signal.addEventListener('abort', resolve, { once: true }))
  await worker.close()
} catch (error) {
  exitCode = report(error)
}
if (process.connected) process.disconnect()
process.exit(exitCode)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedLog } from '../../connectors/embedded/embedded-log.ts'
import type { Time } from '../../schemas/record.ts'
import { openStore } from '../../state/stores/open-store.ts'
import type { Store, StoreKind } from '../../state/stores/store.ts'
import type { Log } from '../../topology/log/log.ts'
import { type HistoryRunnerOptions, Interrupted } from '../../topology/replay/history-fold.ts'
import { HistoryRunner } from '../../topology/replay/history-runner.ts'
import { UsageError } from '../cli/errors.ts'
import { makeFolder } from '../cli/files.ts'
import { printStatus } from '../cli/output.ts'
import type { Config } from '../config/config.ts'
import { recordCount } from './summary.ts'

/** The folder in which an embedded run keeps its log and its rows. */
export interface RunFolder {
  readonly directory: string
  /** The folder that messages name, where that is another. */
  readonly shownAs?: string
  /** Deletes the folder, if it is temporary. */
  dispose(): void
}

/** Returns the folder that the user named, or a temporary one. */
export function runFolder(directory: string | undefined): RunFolder {
  if (directory !== undefined) {
    makeFolder(directory)
    return { directory, dispose: () => undefined }
  }
  const temporary = mkdtempSync(join(tmpdir(), 'joai-'))
  return { directory: temporary, dispose: () => rmSync(temporary, { recursive: true, force: true }) }
}

/**
 * Opens the log of a folder for this process alone. A second process gets an error that names this command, without its
 * flags. What can't be confirmed about the log is said on stderr.
 */
export const openLog = (
  { directory, shownAs = directory }: RunFolder,
  durability: Config['durability'] = 'process',
): Promise<Log> =>
  openEmbeddedLog(join(directory, 'log'), {
    place: join(shownAs, 'log'),
    command: `joai ${process.argv[2] ?? ''}`.trim(),
    isSynced: durability === 'fsync',
    warn: text => printStatus(`joai: ${text}`),
  })

/** Options of a run on a folder. */
export interface RunOptions extends Pick<HistoryRunnerOptions, 'topology' | 'batch' | 'cacheRows' | 'progress'> {
  readonly store: StoreKind
  readonly durability?: Config['durability']
  /** After this many records, drops everything in memory in mid-round and continues from disk; 0: never. */
  readonly restartEvery?: number
  /** Leaves the records after the tick of this time. */
  readonly until?: Time | undefined
}

/** A run that is over, with its log and rows still open. */
export interface FinishedRun {
  readonly log: Log
  readonly runner: HistoryRunner
  readonly records: number
  readonly restarts: number
  close(): Promise<void>
}

/** Runs a topology on the logs of a folder until all input is folded, through the requested restarts. */
export async function runToQuiet(
  folder: RunFolder,
  { store: kind, durability, restartEvery = 0, until, ...options }: RunOptions,
): Promise<FinishedRun> {
  let folded = 0
  for (let restarts = 0; ; restarts++) {
    const log = await openLog(folder, durability)
    let store: Store | undefined
    let committed = false
    try {
      const opened = await openStore(kind, join(folder.directory, 'state'))
      store = opened
      const runner = await HistoryRunner.open({
        ...options,
        log,
        store: opened,
        progress: records => {
          committed = true
          options.progress?.(folded + records)
        },
        interrupt: records => restartEvery > 0 && committed && records >= restartEvery,
      })
      await runner.drain(until)
      const close = async () => {
        await opened.close()
        await log.close()
      }
      return { log, runner, records: folded + runner.records, restarts, close }
    } catch (error) {
      await store?.close()
      await log.close()
      if (!(error instanceof Interrupted)) throw error
      folded += restartEvery
    }
  }
}

/** Throws UsageError where the log has records, because history is written once, in order of time. */
export async function assertEmpty(
  log: Log,
  { directory }: Pick<RunFolder, 'directory'>,
  instead: string,
): Promise<void> {
  for (const topic of log.topics().keys())
    if ((await recordCount(log, topic)) > 0)
      throw new UsageError(`--log: '${directory}' holds records already: ${instead}`)
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedLog } from '../../connectors/embedded/embedded-log.ts'
import type { Time } from '../../schemas/record.ts'
import { openStore } from '../../state/stores/open-store.ts'
import type { Store, StoreKind } from '../../state/stores/store.ts'
import type { Log } from '../../topology/log/log.ts'
import { type EpochOptions, EpochRunner, Interrupted } from '../../topology/replay/epoch-runner.ts'
import { UsageError } from '../cli/errors.ts'
import { makeFolder } from '../cli/files.ts'
import { total } from './summary.ts'

/** Where an embedded run keeps its log and its rows. */
export interface Home {
  readonly directory: string
  /** Deletes it, if it was only lent for one run. */
  dispose(): void
}

/** The folder that the user named, or one that goes away after the run. */
export function home(directory: string | undefined): Home {
  if (directory !== undefined) {
    makeFolder(directory)
    return { directory, dispose: () => undefined }
  }
  const lent = mkdtempSync(join(tmpdir(), 'joai-'))
  return { directory: lent, dispose: () => rmSync(lent, { recursive: true, force: true }) }
}

/** Opens the log of a folder for this process alone; whoever comes second is told what it runs, but not its flags. */
export const openLog = ({ directory }: Home): Promise<Log> =>
  openEmbeddedLog(join(directory, 'log'), { command: `joai ${process.argv[2] ?? ''}`.trim() })

export interface RunOptions extends Pick<EpochOptions, 'topology' | 'batch' | 'cacheRows' | 'progress'> {
  readonly store: StoreKind
  /** Gives up in mid-round after so many records, drops all that is in memory, and goes on from disk; 0: never. */
  readonly restartEvery?: number
  /** Leaves what stands behind the tick of this time. */
  readonly until?: Time | undefined
}

export interface Finished {
  readonly log: Log
  readonly epochs: EpochRunner
  readonly records: number
  readonly restarts: number
  close(): Promise<void>
}

/** Runs a topology on the logs of a folder until all is quiet, through as many restarts as were asked for. */
export async function runToQuiet(
  place: Home,
  { store: kind, restartEvery = 0, until, ...options }: RunOptions,
): Promise<Finished> {
  let folded = 0
  for (let restarts = 0; ; restarts++) {
    const log = await openLog(place)
    let store: Store | undefined
    let committed = false
    try {
      const opened = await openStore(kind, join(place.directory, 'state'))
      store = opened
      const epochs = await EpochRunner.open({
        ...options,
        log,
        store: opened,
        progress: records => {
          committed = true
          options.progress?.(folded + records)
        },
        interrupt: records => restartEvery > 0 && committed && records >= restartEvery,
      })
      await epochs.drain(until)
      const close = async () => {
        await opened.close()
        await log.close()
      }
      return { log, epochs, records: folded + epochs.records, restarts, close }
    } catch (error) {
      await store?.close()
      await log.close()
      if (!(error instanceof Interrupted)) throw error
      folded += restartEvery
    }
  }
}

/** Throws UsageError when the log has records: history is written once, in order of time. */
export async function mustBeNew(log: Log, { directory }: Pick<Home, 'directory'>, instead: string): Promise<void> {
  for (const topic of log.topics().keys())
    if ((await total(log, topic)) > 0) throw new UsageError(`--log: '${directory}' holds records already: ${instead}`)
}

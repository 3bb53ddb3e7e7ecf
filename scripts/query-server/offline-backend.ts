import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { topics } from '../../schemas/topics.ts'
import { openStore } from '../../state/stores/open-store.ts'
import type { Log } from '../../topology/log/log.ts'
import { HistoryRunner } from '../../topology/replay/history-runner.ts'
import { applicationOf } from '../application/application.ts'
import { UsageError } from '../cli/errors.ts'
import type { Config } from '../config/config.ts'
import { isDemo } from '../demo/demo-settings.ts'
import { openLog, runFolder } from '../logs/embedded.ts'
import { viewOf } from '../logs/folder-view.ts'
import { wordsOfRun } from '../logs/folder-words.ts'
import { controlled } from '../queries/handlers/control.ts'
import type { QueryBackend } from '../queries/query.ts'

/** The backend of a folder that no process uses. */
export interface OfflineBackend extends QueryBackend {
  close(): Promise<void>
}

/** Opens the log of a folder, which nothing but a release or a stop writes to. Throws UsageError where there is none, and `log-locked` where a process uses it. */
export async function openOfflineBackend(directory: string, config: Config): Promise<OfflineBackend> {
  if (!existsSync(join(directory, 'log')))
    throw new UsageError(`there is no log in '${directory}': name the folder that --log named in the run`)
  const { topology } = await applicationOf(config, wordsOfRun(config, { folder: directory }))
  const view = viewOf(directory)
  let log: Log | null = await openLog(view).catch(error => {
    view.dispose()
    throw error
  })
  const opened = (): Log => {
    if (log === null) throw new Error('the log is closed')
    return log
  }
  return {
    topology,
    log: async () => opened(),
    growing: null,
    async betweenEpochs(work) {
      if (!opened().topics().has(topics.people.name))
        throw new UsageError(`'${directory}' holds no persons: its log is of another topology`)
      const store = await openStore(config.store, join(view.directory, 'state'))
      try {
        return await work(await HistoryRunner.open({ topology, log: opened(), store }), opened())
      } finally {
        await store.close()
      }
    },
    async control(control) {
      if (!isDemo(directory))
        throw new UsageError(
          `'${directory}' is no demo's: what a replay decides by is given to \`joai replay --release\``,
        )
      // The demo opens the log itself.
      await opened().close()
      log = null
      view.dispose()
      // Loaded on demand, because queries need nothing of a demo.
      const { openDemo } = await import('../demo/demo.ts')
      const demo = await openDemo(runFolder(directory), {}, { isOvertaken: true })
      try {
        return await controlled(demo.loop, control)
      } finally {
        await demo.close()
      }
    },
    async close() {
      await log?.close()
      view.dispose()
    },
  }
}

import { randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { seen } from '../operators/deciding/deduplication.ts'
import { topics } from '../schemas/topics.ts'
import { makeFolder } from '../scripts/cli/files.ts'
import { workerFolder } from '../scripts/supervisor/worker-store.ts'
import { openStore } from '../state/stores/open-store.ts'
import { plan } from '../topology/graph/plan.ts'
import { livePlans, plannedTasks } from '../topology/graph/task-plan.ts'
import { journey } from '../topology/journey.ts'
import type { Log } from '../topology/log/log.ts'
import { partitionOf } from '../topology/log/partitioner.ts'
import { Task } from '../topology/task/task.ts'
import type { BenchApplication } from './application.ts'

const idBytes = 768
const idsPerPerson = 4
const rowsPerCommit = 400

/**
 * Fills the state of an application that has never run with `bytes` of rows, as its tasks would: by commits to the
 * changelogs and then to the store of its worker. The rows can't be compressed. Resolves to the number of persons.
 */
export async function fillState(
  { config }: BenchApplication,
  { log, data, bytes }: { readonly log: Log; readonly data: string; readonly bytes: number },
): Promise<number> {
  const folder = workerFolder({ ...config, data }, 0)
  makeFolder(folder)
  const store = await openStore(config.store, join(folder, 'state'))
  const plans = livePlans(plan(journey({ secret: config.secret })))
  const planned = plannedTasks(plans, log.topics()).filter(({ topic }) => topic === topics.people)
  const options = { log, store, topologyVersion: plans.version, batch: rowsPerCommit, cacheRows: 0 }
  const tasks = await Promise.all(
    planned.map(({ plan, topic, id, tickSources }) =>
      Task.open(plan, topic, id.partition, { ...options, tickSources }),
    ),
  )
  const persons = Math.ceil(bytes / (idsPerPerson * idBytes * (4 / 3)))
  for (let made = 0; made < persons; made += rowsPerCommit) {
    const keys = Array.from({ length: Math.min(rowsPerCommit, persons - made) }, () => randomBytes(16).toString('hex'))
    await Promise.all(
      tasks.map(async task => {
        const own = keys.filter(key => partitionOf(key, tasks.length) === task.partition)
        await task.rows.settled()
        await task.rows.prefetch(own)
        for (const key of own) {
          task.rows.of(key).set(seen, { names: randomIds(), earlier: [], dropped: 0 })
          task.rows.markChanged(key)
        }
        const { commit, changes } = task.commit([])
        const [committed] = await log.commit([commit])
        task.rows.trackWrite(store.write([...changes, task.applied(committed!)]))
      }),
    )
  }
  for (const task of tasks) await task.rows.settled()
  await store.close()
  return persons
}

const randomIds = () => {
  const at = Date.now()
  return Array.from({ length: idsPerPerson }, () => ({ id: randomBytes(idBytes).toString('base64'), at }))
}

/** Sums the sizes of the files in a folder, in bytes. */
export function bytesOnDisk(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(file => file.isFile())
    .reduce((sum, file) => sum + (statSync(join(file.parentPath, file.name), { throwIfNoEntry: false })?.size ?? 0), 0)
}

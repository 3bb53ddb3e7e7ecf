import type { Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log, OutputRecord } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { type Hashes, hashesOf } from '../../topology/replay/run-hashes.ts'
import { type FinishedRun, openLog, type RunFolder, type RunOptions, runFolder, runToQuiet } from '../logs/embedded.ts'
import { viewOf } from '../logs/folder-view.ts'
import { lastTick } from '../logs/last-tick.ts'
import { logDifference } from './log-difference.ts'

const chunk = 2000

/** The hashes of a folder's own run and of a replay of its input. */
export interface InputReplay {
  readonly own: Hashes
  readonly replayed: Hashes
  readonly finished: Pick<FinishedRun, 'records' | 'restarts'>
  readonly isSame: boolean
  /** The first record in which they differ, in plain text; null where only rows differ, or nothing. */
  readonly difference: string | null
}

/**
 * Replays the input of a folder's log from nothing, in a temporary folder. First it decides what a killed run left
 * undecided, as the next start would do, but in a view of the folder: what is proved is not written to.
 */
export async function replayInput(directory: string, options: RunOptions): Promise<InputReplay> {
  const temporary = runFolder(undefined)
  const folder = viewOf(directory)
  try {
    const until = await lastEpochEnd(folder)
    const own = await runToQuiet(folder, { ...options, restartEvery: 0, until })
    let ownHashes: Hashes
    try {
      await copyInput(own.log, temporary, options.topology)
      ownHashes = await hashesOf(own.log, own.runner)
    } finally {
      await own.close()
    }
    const finished = await runToQuiet(temporary, { ...options, until })
    try {
      const replayed = await hashesOf(finished.log, finished.runner)
      const names = Object.keys(ownHashes) as (keyof Hashes)[]
      const isSame = names.every(name => ownHashes[name] === replayed[name])
      const difference = isSame ? null : await differenceTo(folder, finished)
      return { own: ownHashes, replayed, finished, isSame, difference }
    } finally {
      await finished.close()
    }
  } finally {
    folder.dispose()
    temporary.dispose()
  }
}

async function differenceTo(folder: RunFolder, { log, runner }: FinishedRun): Promise<string | null> {
  const own = await openLog(folder)
  try {
    return await logDifference(own, log, runner.plans)
  } finally {
    await own.close()
  }
}

/** Returns the end of a demo's last epoch, since records after it belong to the next one; undefined for other runs. */
async function lastEpochEnd(folder: RunFolder): Promise<Time | undefined> {
  const log = await openLog(folder)
  try {
    const { name } = topics.control
    if (!log.topics().has(name) || (await log.end(name, 0)) === 0) return undefined
    return (await lastTick(log, topics.control, 0)) ?? undefined
  } finally {
    await log.close()
  }
}

/** Creates all topics of a log in a folder, and copies the records of the inputs. */
async function copyInput(from: Log, folder: RunFolder, { nodes }: Topology): Promise<void> {
  const to = await openLog(folder)
  try {
    for (const [topic, partitions] of from.topics()) await to.createTopic(topic, partitions)
    const inputs = nodes.flatMap(node =>
      node.kind === 'source' && node.topic.role === 'input' ? [node.topic.name] : [],
    )
    for (const topic of inputs)
      for (let partition = 0; partition < from.topics().get(topic)!; partition++) {
        const outputs: OutputRecord[] = []
        for await (const { key, value, timestamp } of records(from, topic, partition)) {
          outputs.push({ topic, partition, key, value, timestamp })
          if (outputs.length >= chunk) await to.append(outputs.splice(0))
        }
        await to.append(outputs)
      }
  } finally {
    await to.close()
  }
}

import type { Time } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log, OutputRecord } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { type Hashes, hashesOf } from '../../topology/replay/run-hashes.ts'
import { type Finished, type Home, home, openLog, type RunOptions, runToQuiet } from '../logs/embedded.ts'
import { lastTick } from '../logs/last-tick.ts'

const chunk = 2000

/** The hashes of a folder's own run, and those of its input run once more. */
export interface Again {
  readonly own: Hashes
  readonly again: Hashes
  readonly finished: Pick<Finished, 'records' | 'restarts'>
  readonly isSame: boolean
}

/**
 * Runs the input of a folder's log once more, from nothing, in a folder that goes away afterwards. What a killed run left
 * undecided in its own folder is decided first, as its next start would do.
 */
export async function runAgain(place: Home, options: RunOptions): Promise<Again> {
  const lent = home(undefined)
  try {
    const until = await lastEpochOf(place)
    const own = await runToQuiet(place, { ...options, restartEvery: 0, until })
    let ownHashes: Hashes
    try {
      await copyInput(own.log, lent, options.topology)
      ownHashes = await hashesOf(own.log, own.epochs)
    } finally {
      await own.close()
    }
    const finished = await runToQuiet(lent, { ...options, until })
    try {
      const again = await hashesOf(finished.log, finished.epochs)
      const names = Object.keys(ownHashes) as (keyof Hashes)[]
      const isSame = names.every(name => ownHashes[name] === again[name])
      return { own: ownHashes, again, finished, isSame }
    } finally {
      await finished.close()
    }
  } finally {
    lent.dispose()
  }
}

/** What a demo got behind its last tick belongs to an epoch that is still to come; of other runs nothing is left. */
async function lastEpochOf(place: Home): Promise<Time | undefined> {
  const log = await openLog(place)
  try {
    const { name } = topics.control
    if (!log.topics().has(name) || (await log.end(name, 0)) === 0) return undefined
    return (await lastTick(log, topics.control, 0)) ?? undefined
  } finally {
    await log.close()
  }
}

/** All topics of the log, with as many partitions, and in those that were written from outside what stands there. */
async function copyInput(from: Log, place: Home, { nodes }: Topology): Promise<void> {
  const to = await openLog(place)
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

// @module-tag law

import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { hours } from '../../schemas/record.ts'
import { topics } from '../../schemas/topics.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { journey } from '../../topology/journey.ts'
import type { Commit, Log, OutputRecord } from '../../topology/log/log.ts'
import { createTopics, writeHistory } from '../../topology/replay/history-writer.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { partitionKey } from '../../topology/task/row-cache.ts'
import { IdleWatcher } from '../../topology/test/idle-watcher.ts'
import { lawsRelease, randomHistory, secret } from '../../topology/test/random-history.ts'
import { type PeopleProof, replayPeople } from './replay-people.ts'

const topology = journey({ secret })

/** Lets workers fold a history in which persons merge; `spoil` may change what they commit. */
async function worked(spoil: (commit: Commit) => Commit = commit => commit): Promise<Log> {
  const log = openMemoryLog()
  await createTopics(log, topology, 3)
  await writeHistory(log, topology, [lawsRelease(), ...randomHistory(5)], { tickMs: hours(6) })
  const watcher = new IdleWatcher()
  const through: Log = {
    createTopic: (topic, partitions) => log.createTopic(topic, partitions),
    topics: () => log.topics(),
    start: (topic, partition) => log.start(topic, partition),
    end: (topic, partition) => log.end(topic, partition),
    read: (topic, partition, from, limit) => log.read(topic, partition, from, limit),
    append: outputs => log.append(outputs),
    acquire: task => log.acquire(task),
    commit: commits => log.commit(commits.map(spoil)),
    changelog: (task, from, limit) => log.changelog(task, from, limit),
    settledPositions: (tasks, outputs) => log.settledPositions(tasks, outputs),
    close: () => log.close(),
  }
  const onEvent = watcher.onEvent.bind(watcher)
  const options = { topology, log: through, store: openMemoryStore(), time: 'history', idleMs: 1, batch: 7 } as const
  const worker = new Worker({ ...options, onEvent })
  worker.assign(worker.topics.flatMap(topic => [0, 1, 2].map(partition => ({ topic, partition }))))
  await watcher.allIdle(log, worker.plans)
  await worker.close()
  return log
}

const proofOf = (log: Log, batch = 500): Promise<PeopleProof> => {
  const { plans } = new Worker({ topology, log, store: openMemoryStore(), time: 'history' })
  return replayPeople({ log, plans, store: openMemoryStore(), kind: 'history', batch, cacheRows: 10 })
}

/** Changes the nth output on this topic. */
function spoiling(
  topic: string,
  nth: number,
  change: (output: OutputRecord) => OutputRecord[],
): (commit: Commit) => Commit {
  let seen = 0
  return commit => ({
    ...commit,
    outputs: commit.outputs.flatMap(output => (output.topic === topic && ++seen === nth ? change(output) : [output])),
  })
}

test('a replay of the recorded people log in one process gives what the workers decided, row by row', async () => {
  const log = await worked()
  for (const batch of [1, 500]) {
    const proof = await proofOf(log, batch)
    expect(proof).toMatchObject({ equal: true, differences: [] })
    expect(proof.outputs).toBeGreaterThan(50)
    expect(proof.rows).toBeGreaterThan(10)
  }
})

test('a decision that differs is found, with the field and both values', async () => {
  const log = await worked(
    spoiling(topics.decisions.name, 20, output => {
      const value = Buffer.from(output.value)
      // This byte is a digit of the decision id, after the frame and the length.
      value[12] = value[12] === 0x30 ? 0x31 : 0x30
      return [{ ...output, value }]
    }),
  )
  const { equal, differences } = await proofOf(log)
  expect(equal).toBe(false)
  expect(differences).toHaveLength(1)
  expect(differences[0]!.place).toMatch(/^decisions\/\d, number \d+ from deciding\/people\/\d$/)
  expect(differences[0]!.what).toMatch(/^decisionId is recorded as "[0-9a-f]+", the replay has "[0-9a-f]+"$/)
})

test('a missing record is found, and a surplus one', async () => {
  const missing = await proofOf(await worked(spoiling(topics.decisions.name, 1, () => [])))
  expect(missing.differences[0]!.what).toMatch(/recorded|not there/)
  const doubled = await proofOf(await worked(spoiling(topics.rewards.name, 1, output => [output, output])))
  expect(doubled.equal).toBe(false)
})

test('a row that is missing in the changelog is found', async () => {
  let lost: string | undefined
  const log = await worked(commit => {
    const isOurs = commit.owner.task.subTopology === 'deciding'
    if (isOurs) lost ??= commit.changelog.find(({ key }) => !key.startsWith(partitionKey))?.key
    return isOurs ? { ...commit, changelog: commit.changelog.filter(({ key }) => key !== lost) } : commit
  })
  const { equal, differences } = await proofOf(log)
  expect(equal).toBe(false)
  expect(differences).toMatchObject([{ place: `the rows of '${lost}'`, what: 'they are not in the changelog' }])
})

import { createHash } from 'node:crypto'
import type { Decision } from '../../schemas/generated.ts'
import { topics } from '../../schemas/topics.ts'
import { BadRecord, decodeValue } from '../../schemas/wire.ts'
import type { Plans } from '../graph/plan.ts'
import type { Log } from '../log/log.ts'
import { records } from '../log/log-reader.ts'
import { partitionKey } from '../task/row-cache.ts'
import type { Task } from '../task/task.ts'
import type { HistoryRunner } from './history-runner.ts'

const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

/**
 * Hashes what the topology wrote to the public logs, in order and without changelogs. The hash is equal for the same
 * input and the same partitions. Channels' reports on those logs have no cause and do not count as output.
 */
export async function outputHash(log: Log, { topics: all }: Plans): Promise<string> {
  const hash = createHash('sha256')
  const names = [...all.values()].filter(({ role }) => role === 'public').map(({ name }) => name)
  for (const name of names.sort())
    for (let partition = 0; partition < (log.topics().get(name) ?? 0); partition++)
      for await (const { key, value, timestamp, cause } of records(log, name, partition)) {
        if (!cause) continue
        hash.update(`${name}/${partition} ${timestamp} ${key} ${value.length}\n`)
        hash.update(value)
      }
  return hash.digest('hex')
}

/** Hashes all rows, sorted by table and key. The hash is equal for the same input and the same partitions. */
export async function stateHash(tasks: readonly Task[]): Promise<string> {
  const lines: string[] = []
  for (const task of tasks)
    for await (const rows of task.rows.all()) {
      const key = rows.key.startsWith(partitionKey) ? `${rows.key}${task.name}` : rows.key
      for (const { table, version, due, bytes } of rows.rows())
        lines.push(`${table}\u0000${key}\u0000${version} ${due} ${sha256(bytes)}`)
    }
  return sha256(lines.sort().join('\n'))
}

/** Hashes the set of decisions without positions. The hash is equal for the same input and any number of partitions. */
export async function decisionsHash(log: Log): Promise<string> {
  const { name, types } = topics.decisions
  const hashes: string[] = []
  for (let partition = 0; partition < (log.topics().get(name) ?? 0); partition++)
    for await (const { value, offset } of records(log, name, partition)) {
      const decision = decisionIn(value, `${name}/${partition}/${offset}`)
      hashes.push(sha256(types.decision.schema.encode(withoutPositions(decision))))
    }
  return sha256(hashes.sort().join('\n'))
}

function decisionIn(value: Uint8Array, place: string): Decision {
  try {
    return decodeValue(topics.decisions.types.decision, value)
  } catch (error) {
    throw error instanceof BadRecord ? new BadRecord(error.reason, `${place}: ${error.message}`) : error
  }
}

const nowhere = { topic: '', partition: 0, offset: 0 }

function withoutPositions(decision: Decision): Decision {
  return {
    ...decision,
    trigger: { ...decision.trigger, origin: nowhere },
    consent: decision.consent.map(found => ({ ...found, records: [] })),
    reference: decision.reference.map(read => ({ ...read, record: read.record && nowhere })),
    provenance: { ...decision.provenance, input: nowhere, previousHash: '', hash: '' },
  }
}

/** Proves that two runs gave the same results. `decisionsHash` is there only if the topology makes decisions. */
export interface Hashes {
  readonly outputHash: string
  readonly stateHash: string
  readonly decisionsHash?: string
}

/** Hashes all public logs and all rows. Nothing may be folded meanwhile. */
export async function hashesOf(log: Log, runner: HistoryRunner): Promise<Hashes> {
  return {
    outputHash: await outputHash(log, runner.plans),
    stateHash: await stateHash(runner.tasks),
    ...(isMainTopology(runner) ? { decisionsHash: await decisionsHash(log) } : {}),
  }
}

/** Tells whether a run is one of the main topology, or of an extension of it. */
export const isMainTopology = ({ plans }: HistoryRunner): boolean =>
  plans.topics.get(topics.decisions.name) === topics.decisions

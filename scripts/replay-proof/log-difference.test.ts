import { expect, test } from 'vitest'
import { openMemoryLog } from '../../connectors/embedded/memory-log.ts'
import { topics } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import type { OutputRecord } from '../../topology/log/log.ts'
import { logDifference } from './log-difference.ts'

const { deadLetters, rewards } = topics
const plans = { topics: new Map([deadLetters, rewards].map(topic => [topic.name, topic])) }
const cause = { source: 'rewarding/people/0', position: 1, n: 1, causeId: 'e', path: [] }
const given = {
  modelId: 'm',
  personId: 'p',
  actionId: 'a',
  decisionId: 'd',
  imported: false,
  kind: 'clicked',
  at: 5,
} as const
const reward = (value: number): OutputRecord => ({
  topic: rewards.name,
  partition: 0,
  key: 'm',
  timestamp: 5,
  value: encodeValue(rewards.types.reward, { ...given, value }),
  cause,
})

async function logOf(records: readonly OutputRecord[]) {
  const log = openMemoryLog()
  for (const { name } of plans.topics.values()) await log.createTopic(name, 1)
  await log.append(records)
  return log
}
const between = async (run: readonly OutputRecord[], replay: readonly OutputRecord[]) =>
  logDifference(await logOf(run), await logOf(replay), plans)

const { cause: _, ...foreign } = reward(1)
const garbage = { ...reward(1), value: Buffer.from([0, 1, 2, 3]) }

test.each([
  ['nothing differs', [reward(1)], [reward(1)], null],
  ['a channel has reported a dead letter', [{ ...foreign, topic: deadLetters.name }], [], null],
  [
    'another value',
    [reward(1), reward(2)],
    [reward(1), reward(3)],
    'rewards/0/1: value is recorded as 2, the replay has 3',
  ],
  ['one too many', [reward(1), reward(1)], [reward(1)], 'rewards/0/1: the replay does not write it'],
  ['one too few', [reward(1)], [reward(1), reward(1)], 'rewards/0: the replay writes more than is recorded'],
  ['one of somebody else', [reward(1), foreign], [reward(1)], 'rewards/0/1: something else than the topology wrote it'],
  ['no record at all', [garbage], [reward(1)], /^rewards\/0\/0: what is recorded can't be read: /],
] as const)('the first difference between a run and its replay is named: %s', async (_name, run, replay, expected) => {
  const found = await between(run, replay)
  if (expected instanceof RegExp) expect(found).toMatch(expected)
  else expect(found).toBe(expected)
})

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type AuditRow, Decision } from '../schemas/generated.ts'
import { auditChain, decisionHash } from './audit-chain.ts'
import { frozen, recordOf } from './testing.ts'

const position = { topic: 'people', partition: 0, offset: 4 }
const decision = (decisionId: string, change: Partial<Decision> = {}): Decision => ({
  decisionId,
  slot: 0,
  subject: { personId: 'p', identityVersion: 0, jurisdiction: 'US', timeZone: '', timeZoneSource: 'unknown' },
  time: { occurredAt: 900, receivedAt: 1_000, decidedAt: 1_000, notBefore: null, expiresAt: null },
  trigger: { origin: position, eventId: 'e', type: 'order_completed', journey: '', stage: '', deferred: [] },
  outcome: { kind: 'SILENCE', actionId: 'silence', treatmentId: '', channel: 'none', idempotencyKey: '' },
  consent: [],
  candidates: [],
  learning: {
    modelId: 'beta',
    modelVersion: 1,
    features: [],
    algorithm: 'none',
    epsilon: 0,
    floor: 0,
    behaviourProbability: 1,
    arm: 'policy',
    drawId: decisionId,
    draw: 0.5,
  },
  experiments: [],
  fatigue: { caps: [], points: 0, pointsMax: 0, reservation: null },
  content: { templateVersion: 0, promptHash: '', generator: '', approvalId: '', approver: '' },
  explanation: { reasons: ['only-silence-left'], topFeatures: [], runnerUp: '', opportunityCost: 0 },
  provenance: {
    release: 'autumn',
    releaseVersion: 1,
    releaseHash: 'aa',
    topologyVersion: '1',
    input: position,
    previousHash: '',
    hash: '',
  },
  ...change,
})

function chain(decisions: readonly Decision[]): { row: AuditRow; links: Decision[] } {
  let row = auditChain.writes!.empty
  const links: Decision[] = []
  for (const value of decisions) {
    const step = auditChain.on.decision(frozen(recordOf(value, 1_000)), frozen(row), {})
    row = step.row!
    links.push(...step.emit!)
  }
  return { row, links }
}

test('each decision names the one before it, and the partition remembers the last', () => {
  const { row, links } = chain([decision('a'), decision('b'), decision('c')])
  expect(links.map(({ provenance }) => provenance.previousHash)).toEqual([
    '',
    links[0]!.provenance.hash,
    links[1]!.provenance.hash,
  ])
  expect(row).toEqual({ hash: links[2]!.provenance.hash, length: 3 })
})

test('a link is SHA-256 over the previous link and the bytes of the decision without links', () => {
  const [, second] = chain([decision('a'), decision('b')]).links
  const expected = createHash('sha256')
    .update(second!.provenance.previousHash)
    .update(Decision.encode(decision('b')))
  expect(second!.provenance.hash).toBe(expected.digest('hex'))
})

test('nothing of a decision but its links can change without its link changing', () => {
  const given = decision('a')
  const link = decisionHash('', given)
  const linked = { ...given, provenance: { ...given.provenance, previousHash: 'x', hash: 'y' } }
  expect(decisionHash('', linked)).toBe(link)
  const changed = [
    { ...given, learning: { ...given.learning, draw: 0.25 } },
    { ...given, explanation: { ...given.explanation, opportunityCost: 1e-12 } },
    { ...given, provenance: { ...given.provenance, input: { ...position, offset: 5 } } },
  ]
  for (const each of changed) expect(decisionHash('', each)).not.toBe(link)
})

test('a decision that is dropped or moved breaks the chain after it', () => {
  const whole = chain([decision('a'), decision('b'), decision('c')]).row.hash
  expect(chain([decision('a'), decision('c')]).row.hash).not.toBe(whole)
  expect(chain([decision('b'), decision('a'), decision('c')]).row.hash).not.toBe(whole)
})

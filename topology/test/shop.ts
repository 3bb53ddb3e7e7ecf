import { verify } from '../../audit/verify.ts'
import { parseRelease } from '../../operators/release/file/parse.ts'
import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import type { Time } from '../../schemas/record.ts'
import { sendsOn, topics } from '../../schemas/topics.ts'
import { happens } from '../../testing/test/stories.ts'
import { TopologyTest } from '../../testing/topology-test.ts'
import { journey } from '../journey.ts'
import { controlRecord, releaseControl } from '../replay/control-record.ts'

const { channels } = firstCatalog.declaration

const topology = journey({ secret: 'the secret of the stories' })
const head = `release: shop
version: 1
person: { jurisdiction: US, country: US, timeZone: America/New_York }
identifiers: { types: [{ type: customer_id, priority: 1, limit: 1 }, { type: device_id, priority: 2, limit: 10 }] }
consent: { regimes: { US: opt-out }, exemptPurposes: [service] }
exploration: { algorithm: epsilon-greedy, epsilon: 0, floor: 0 }
`

/** For tests: the text of a shop's release under which the best candidate always wins; \`parts\` hold the rest of it. */
export const shop = (parts: string): string => head + parts

/** For tests: what lint says of a release, with places and remedies left out. */
export const lintOf = (text: string): readonly string[] =>
  parseRelease(text, 'shop.yaml').problems.map(({ message }) => message)

/** For tests: runs records under a release, up to a time, and tells what came of them. */
export async function ran(text: string, history: readonly InputRecord[], until: Time) {
  const { release, problems } = parseRelease(text, 'shop.yaml')
  if (!release) throw new Error(problems.map(({ message, line }) => `${line}: ${message}`).join('\n'))
  const bench = await TopologyTest.open(topology)
  const ordered = [...history].sort((a, b) => a.timestamp - b.timestamp)
  const first = controlRecord(releaseControl(release), ordered[0]!.timestamp - 1)
  const last = happens('nobody', 'identity_linked', until, {}, 'the-end')
  await bench.run([first, ...ordered, last], { until: { multipleOf: 60_000 } })
  const valuesOf = async <V>(read: Promise<readonly { readonly value: V }[]>) => (await read).map(({ value }) => value)
  const sent = await Promise.all(channels.map(channel => valuesOf(bench.read(sendsOn(channel), 'send'))))
  const report = await verify(bench.log)
  return {
    decisions: await valuesOf(bench.read(topics.decisions, 'decision')),
    sends: sent.flat(),
    letters: await valuesOf(bench.read(topics.deadLetters, 'letter')),
    ended: await valuesOf(bench.read(topics.journeys, 'ended')),
    violations: report.laws.flatMap(({ violations }) => violations),
  }
}

import { firstCatalog } from '../../../schemas/catalog/first-catalog.ts'
import { featureKinds } from '../../features/kinds/feature-kinds.ts'
import { releaseSchema } from '../file/release-schema.ts'
import type { FileShape } from '../file/shapes.ts'
import { type Chance, chanceOf, pick } from './chance.ts'

const { channels } = firstCatalog.declaration

const { catalog: _, ...properties } = releaseSchema(firstCatalog.declaration).properties!
/** The shape of a release without the name of its catalog. */
const shapeOfAll: FileShape = { ...releaseSchema(firstCatalog.declaration), properties }

/** For tests: makes the value at a path, the `n`th of its list. Undefined leaves the key out. */
type Maker = (chance: Chance, n: number) => unknown

const numbered =
  (prefix: string): Maker =>
  (_, n) =>
    `${prefix}${n}`
const oneOf =
  (...values: readonly unknown[]): Maker =>
  chance =>
    pick(chance, values)

const tests = [
  'event.value > 10.0',
  'event.lines.exists(a, event.lines.all(b, a.value >= b.value))',
  'event.lines.all(a, event.lines.all(b, event.lines.all(c, a.value + b.value > c.value)))',
  'event.orderId.matches("^([a-z0-9]+)+$")',
  'event.lines.map(a, event.orderId + event.orderId).join("").size() > 5',
  'event.value / (event.value - 5.0) > 1.0',
  'has(event.margin) && event.margin > 1.0',
  'int(event.value) % 2 == 0',
]
const numbers = ['1.0', 'event.value * 0.1', '1.0 / (event.value - 5.0)', 'event.value * event.value * 1e3', 3, 0.5]
/** Mostly what lint accepts, and now and then what it does not. */
const oddTests = [
  ...tests,
  ...tests,
  ...tests,
  ...tests,
  'event.valu > 1',
  'event.orderId.matches("(?=a)b")',
  'event.orderId.matches("[")',
]
const when = oneOf(...oddTests)

/** Values that only the language's checks of names can judge, by path. */
const makers: Readonly<Record<string, Maker>> = {
  release: oneOf('fuzz'),
  'person.jurisdiction': oneOf('US', 'EU'),
  'person.country': chance => (chance() < 0.03 ? 'XX' : pick(chance, ['US', 'DE'])),
  'person.timeZone': oneOf('America/New_York', 'Europe/Berlin', 'UTC'),
  'person.jurisdictionFeature': oneOf('f_last'),
  'person.timeZoneFeature': oneOf('f_last'),
  'identifiers.types[].type': (_, n) => ['customer_id', 'device_id', 'phone'][n] ?? 'other',
  'identifiers.types[].priority': (_, n) => n + 1,
  'identifiers.blocked[]': numbered('blocked-'),
  'consent.regimes': (chance: Chance) => ({ US: 'opt-out', EU: pick(chance, ['opt-in', 'opt-out']) }),
  'triggers[]': (_, n) => ['order_completed'][n],
  seed: oneOf('seed', 'another'),
  'reference[].name': numbered('thing_'),
  'reference[].key': oneOf('event.orderId', '"fixed"'),
  'reference[].kind': oneOf('thing'),
  'reference[].attributes': (chance: Chance) => ({
    price: 'number',
    title: 'text',
    [pick(chance, ['since'])]: 'hours-since',
  }),
  'groups[].id': numbered('g'),
  'actions[].id': numbered('a'),
  'actions[].name': numbered('name_'),
  'actions[].group': oneOf('g0'),
  'actions[].tags[]': numbered('tag'),
  'actions[].placement': oneOf('home'),
  'actions[].unsupported': chance => (chance() < 0.2 ? 'not yet' : undefined),
  'actions[].value': oneOf(...numbers),
  'actions[].context': oneOf(...numbers),
  'actions[].valid.from': oneOf('2017-03-03'),
  'actions[].valid.to': oneOf('2027-03-03', '2027-03-03', '2027-03-03', '2027-03-03', '2027-04-31'),
  'actions[].treatments[].id': numbered('t'),
  'actions[].treatments[].parameters': (chance: Chance) => ({ text: pick(chance, ['x', 'y'.repeat(100)]) }),
  'caps[].id': numbered('cap'),
  'caps[].tag': oneOf('tag0'),
  'caps[].group': oneOf('g0'),
  'caps[].placement': oneOf('home'),
  'caps[].channel': oneOf('email'),
  'actions[].treatments[].channel': chance => (chance() < 0.5 ? 'email' : pick(chance, channels)),
  'caps[].max': (chance: Chance, n) => 1 + n * 7 + Math.floor(chance() * 5),
  'caps[].window': (_, n) => `${1 + n * 4}d`,
  'quietHours[].id': numbered('night'),
  'quietHours[].from': oneOf('21:00', '00:00'),
  'quietHours[].to': oneOf('08:00', '23:59'),
  'suppressions[].id': numbered('pause'),
  'journeys[].id': numbered('j'),
  'journeys[].timeout': oneOf('30d', '3650d'),
  'journeys[].stages[].id': numbered('s'),
  'experiments[].id': numbered('x'),
  'experiments[].salt': numbered('salt'),
  'experiments[].journey': (chance: Chance) => pick(chance, ['j0']),
  'models[].id': numbered('m'),
  'models[].groups': () => ({ g0: { alpha: 2, beta: 3 } }),
  'models[].actions': () => ({ a0: { alpha: 1e9, beta: 0.5 } }),
  'exploration.model': oneOf('m0'),
}

/** What is of use only beside others, so that it would else stand in too few sound releases. */
const rare =
  /^(groups|caps|features|models|exploration|exploration\.model|person\.\w+Feature)$|\[\]\.(group|placement|tag|tags|channel)$/

/** Values by the name of the key, where its path has none. */
const byKey: Readonly<Record<string, Maker>> = {
  event: oneOf('order_completed'),
  when,
  id: chance => `r${Math.floor(chance() * 1e9)}`,
}

/** For tests: a release file that a seed fixes, made from the schema of releases; `uses` are the paths in it. */
export function generatedRelease(seed: number): { readonly file: unknown; readonly uses: ReadonlySet<string> } {
  const chance = chanceOf(seed)
  const uses = new Set<string>()
  const file = made(shapeOfAll, '', 0, chance, uses) as Drafted
  if (chance() < 0.97) mend(file, uses)
  return { file, uses }
}

interface Drafted {
  readonly person: Record<string, unknown>
  readonly features?: readonly { readonly name: string; readonly type?: string }[]
  readonly groups?: readonly unknown[]
  readonly journeys?: readonly unknown[]
  readonly actions: readonly Record<string, unknown>[]
  readonly caps?: readonly Record<string, unknown>[]
  readonly experiments?: readonly Record<string, unknown>[]
  readonly models?: readonly Record<string, unknown>[]
  readonly exploration?: Record<string, unknown>
}

/** Takes out the names of what is not there. An element that only stands there dangling no longer counts as used. */
function mend(
  { person, features = [], groups, journeys, actions, caps = [], experiments = [], ...rest }: Drafted,
  uses: Set<string>,
): void {
  const has = (key: string, value: unknown) =>
    actions.some(action => action[key] === value || (action[key] as readonly unknown[] | undefined)?.includes?.(value))
  const drop = (where: readonly Record<string, unknown>[], at: string, key: string, keep: boolean) => {
    if (keep) return
    for (const one of where) delete one[key]
    uses.delete(`${at}.${key}`)
  }
  const zoned = features.some(({ name, type }) => name === 'f_last' && type !== 'number')
  for (const key of ['jurisdictionFeature', 'timeZoneFeature']) drop([person], 'person', key, zoned)
  drop(actions, 'actions[]', 'group', groups !== undefined)
  drop(experiments, 'experiments[]', 'journey', journeys !== undefined)
  drop(rest.models ?? [], 'models[]', 'groups', groups !== undefined)
  drop(rest.exploration ? [rest.exploration] : [], 'exploration', 'model', rest.models !== undefined)
  drop(caps, 'caps[]', 'group', has('group', 'g0'))
  drop(caps, 'caps[]', 'tag', has('tags', 'tag0'))
  drop(caps, 'caps[]', 'placement', has('placement', 'home'))
}

/** For tests: every element of the release language, by path. */
export const elements = (): readonly string[] => [...pathsOf(shapeOfAll, '')]

function* pathsOf(shape: FileShape, path: string): Generator<string> {
  for (const [key, inner] of Object.entries(shape.properties ?? {})) {
    const at = path === '' ? key : `${path}.${key}`
    yield at
    yield* pathsOf(inner, at)
  }
  if (shape.items) yield* pathsOf(shape.items as FileShape, `${path}[]`)
}

function made(shape: FileShape, path: string, n: number, chance: Chance, uses: Set<string>): unknown {
  if (path === 'features[]') return feature(n, chance, uses)
  if (/stages\[\]$/.test(path)) return stage(n, chance, uses)
  const key = path.split('.').at(-1)!
  const maker = makers[path] ?? byKey[key]
  if (maker) return maker(chance, n)
  if (shape.anyOf) return pick(chance, ['never', 'always', { after: '30d' }])
  const type = [shape.type].flat()[0]
  if (shape.properties) return object(shape, path, n, chance, uses)
  if (type === 'array') return list(shape, path, chance, uses)
  if (shape.enum) return pick(chance, shape.enum as readonly unknown[]) ?? undefined
  if (type === 'boolean') return chance() < 0.3
  if (shape.format === 'duration')
    return chance() < 0.02 ? '9999999999d' : pick(chance, ['1h', '1d', '7d', '30d', '3650d'])
  if (type === 'integer' || type === 'number') return number(shape, chance)
  throw new Error(`there is no generator for '${path}'`)
}

function number({ type, minimum = 0, maximum = 1 }: FileShape, chance: Chance): number {
  if (type === 'integer') return chance() < 0.05 ? (maximum as number) : (minimum as number) + Math.floor(chance() * 5)
  if ((maximum as number) <= 1) return chance()
  return chance() < 0.05 ? (maximum as number) : 0.5 + Math.floor(chance() * 20)
}

function object(shape: FileShape, path: string, n: number, chance: Chance, uses: Set<string>): unknown {
  const required = (shape.required as readonly string[] | undefined) ?? []
  const found: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(shape.properties!)) {
    const at = path === '' ? key : `${path}.${key}`
    if (!required.includes(key) && chance() > (rare.test(at) ? 0.6 : 0.25)) continue
    const value = made(inner, at, n, chance, uses)
    if (value === undefined) continue
    found[key] = value
    uses.add(at)
  }
  return found
}

function list(shape: FileShape, path: string, chance: Chance, uses: Set<string>): unknown {
  const count =
    path === 'triggers' || chance() < (path.endsWith('treatments') ? 0.9 : 0) ? 1 : 1 + Math.floor(chance() * 2)
  const made_ = Array.from({ length: count }, (_, n) => made(shape.items as FileShape, `${path}[]`, n, chance, uses))
  return [...new Set(made_)]
}

/** One feature of a kind, with what the table of kinds says that it needs. */
function feature(n: number, chance: Chance, uses: Set<string>): unknown {
  const kind =
    n === 0 && chance() < 0.3 ? 'last' : pick(chance, Object.keys(featureKinds) as (keyof typeof featureKinds)[])
  const { field, window, setting, gives } = featureKinds[kind]
  const text = gives === 'value-of-field'
  const found = {
    name: n === 0 && text ? 'f_last' : `f_${n}`,
    event: 'order_completed',
    kind,
    ...(field === 'any' ? { field: text ? 'storeId' : 'orderId' } : field === 'number' ? { field: 'value' } : {}),
    ...(window === 'required' || chance() < 0.3
      ? setting === 'halfLife'
        ? {}
        : { window: pick(chance, ['1h', '7d', '90d']) }
      : {}),
    ...(setting === 'q' ? { q: 0.5 } : setting === 'halfLife' ? { halfLife: '7d' } : {}),
    ...(chance() < 0.2 ? { where: { field: 'storeId', equals: 's1' } } : {}),
    ...(text && chance() < 0.5 ? { type: 'text' } : {}),
  }
  for (const key of Object.keys(found)) uses.add(`features[].${key}`)
  if ('where' in found) for (const key of ['field', 'equals']) uses.add(`features[].where.${key}`)
  return found
}

/** A stage waits or holds, never both. */
function stage(n: number, chance: Chance, uses: Set<string>): unknown {
  const at = 'journeys[].stages[]'
  const conditionAt = (path: string) => {
    const found = { event: 'order_completed', ...(chance() < 0.5 ? { when: when(chance, n) } : {}) }
    for (const key of Object.keys(found)) uses.add(`${path}.${key}`)
    return found
  }
  const used = <T extends object>(found: T, path: string): T => {
    for (const key of Object.keys(found)) uses.add(`${path}.${key}`)
    return found
  }
  const holds = chance() < 0.4
  const reset = chance() < 0.4
  const held = () =>
    used(
      {
        ...conditionAt(`${at}.holdUntil`),
        within: '1d',
        ...(reset ? { reset: conditionAt(`${at}.holdUntil.reset`) } : {}),
      },
      `${at}.holdUntil`,
    )
  return used(
    {
      id: `s${n}`,
      ...(holds ? { holdUntil: held() } : { wait: '1h', ...(reset ? { reset: conditionAt(`${at}.reset`) } : {}) }),
      ...(chance() < 0.5 ? { decide: true } : {}),
    },
    at,
  )
}

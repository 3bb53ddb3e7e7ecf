import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse, type YAMLParseError } from 'yaml'
import { withoutCredentials } from '../../connectors/credentials.ts'
import { type ChannelSettings, channelProblem, maskedChannels } from '../channels/channel-settings.ts'
import { environment } from '../cli/environment.ts'
import { UsageError } from '../cli/errors.ts'
import { readText } from '../cli/files.ts'

/** The settings of a deployment. Each comes from a flag, else the environment, else joai.yaml, else its default. */
export interface Config {
  /** Key that turns identifiers into tokens; at least 16 characters. Masked wherever it is printed. */
  readonly secret: string
  /** Folder of the embedded log and the stores. */
  readonly data: string
  readonly store: 'memory' | 'level' | 'rocksdb'
  /** What the embedded log survives: `process`, a killed process; `fsync`, also a power cut, since each commit is synced. */
  readonly durability: 'process' | 'fsync'
  /** Module that exports someone's own topology as `topology`; empty: the main topology. In joai.yaml the path is relative to that file. */
  readonly topology: string
  /** Module that exports an extension of the main topology as `extension`; empty: none. In joai.yaml the path is relative to that file. */
  readonly extension: string
  /** File of the catalog by which intake checks events; empty: that of the release or of the folder. In joai.yaml the path is relative to that file. */
  readonly catalog: string
  readonly partitions: number
  /** Number of records whose rows are fetched together. It changes no result. */
  readonly batch: number
  /** Number of keys whose rows stay decoded in memory. */
  readonly cacheRows: number
  /** Number of worker processes that `joai run` starts. */
  readonly workers: number
  /** Address on which `joai run` serves its health and metrics. In a container, `0.0.0.0` lets others in. */
  readonly host: string
  /** Port on which `joai run` serves `/healthz`, `/readyz` and `/metrics`; 0: any free port. */
  readonly port: number
  /** How long a silent worker keeps its partitions. */
  readonly sessionTimeoutMs: number
  /** Addresses of brokers, `host:port`, separated by commas; empty: the embedded log. */
  readonly brokers: string
  /** Names the application on a cluster: its group, its transactions, its deployment. */
  readonly app: string
  /** Prefix of the names of all topics, groups and transactions, so that several applications can share a cluster. */
  readonly prefix: string
  readonly tls: 'on' | 'off'
  /** PEM files: the authority, and the client's certificate and key. Empty: the system's authorities, and no client certificate. */
  readonly tlsCa: string
  readonly tlsCert: string
  readonly tlsKey: string
  readonly sasl: 'none' | 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly saslUser: string
  readonly saslPassword: string
  /** URL of a schema registry with Confluent's API; empty: schemas are in the folder `schemas` of `data`. */
  readonly registry: string
  readonly registryUser: string
  readonly registryPassword: string
  /** The treatment of a record whose schema is unknown to the registry, or incompatible with ours. */
  readonly unknownSchemas: 'pause' | 'dead-letter'
  /** Provider and pace of each channel; only a file can set it. Secrets are masked wherever it is printed. */
  readonly channels: ChannelSettings
}

type Key = keyof Config
type From = 'flag' | 'environment' | 'file' | 'default'

/** The secret of replays and the demo, whose tokens need not be secret. */
export const replaySecret = 'joai-replay-and-demo'

const defaults: Config = {
  secret: replaySecret,
  data: '.joai',
  store: 'rocksdb',
  durability: 'process',
  topology: '',
  extension: '',
  catalog: '',
  partitions: 4,
  batch: 500,
  cacheRows: 10_000,
  workers: 1,
  host: '127.0.0.1',
  port: 9464,
  sessionTimeoutMs: 10_000,
  brokers: '',
  app: 'joai',
  prefix: '',
  tls: 'off',
  tlsCa: '',
  tlsCert: '',
  tlsKey: '',
  sasl: 'none',
  saslUser: '',
  saslPassword: '',
  registry: '',
  registryUser: '',
  registryPassword: '',
  unknownSchemas: 'pause',
  channels: {},
}

/** Settings that are masked wherever they are printed. Their variable with `_FILE` appended may name a file that holds the value. */
const secrets: ReadonlySet<Key> = new Set(['secret', 'saslPassword', 'registryPassword'])

/** Settings that name a file of the user's. */
const files: ReadonlySet<Key> = new Set(['topology', 'extension', 'catalog'])

/** The reason why a value is refused. */
class Unfit {
  readonly must: string
  /** Path inside the value; empty for the whole value. */
  readonly at: string
  constructor(must: string, at = '') {
    this.must = must
    this.at = at
  }
}

const checks: { readonly [K in Key]: (value: unknown) => Config[K] | Unfit } = {
  secret: value =>
    typeof value === 'string' && value.length >= 16 ? value : new Unfit('must be a text of at least 16 characters'),
  data: value => (typeof value === 'string' && value !== '' ? value : new Unfit('must be a folder')),
  store: oneOf('memory', 'level', 'rocksdb'),
  durability: oneOf('process', 'fsync'),
  topology: text,
  extension: text,
  catalog: text,
  partitions: wholeNumber(1, 1000),
  batch: wholeNumber(1, 100_000),
  cacheRows: wholeNumber(0, 100_000_000),
  workers: wholeNumber(1, 64),
  host: matching(/^[\w.:%-]+$/, 'must be an address or the name of a host'),
  port: wholeNumber(0, 65_535),
  sessionTimeoutMs: wholeNumber(1000, 300_000),
  brokers: matching(/^([\w.-]+:\d+(,[\w.-]+:\d+)*)?$/, 'must be host:port, several separated by commas'),
  app: matching(/^[a-z0-9][a-z0-9-]*$/, 'must be small letters, digits and hyphens'),
  prefix: matching(/^([a-z0-9][a-z0-9._-]*)?$/, 'must be small letters, digits, dots, hyphens and underlines'),
  tls: oneOf('on', 'off'),
  tlsCa: text,
  tlsCert: text,
  tlsKey: text,
  sasl: oneOf('none', 'plain', 'scram-sha-256', 'scram-sha-512'),
  saslUser: text,
  saslPassword: text,
  registry: matching(/^(https?:\/\/\S+)?$/, 'must be a URL with http or https'),
  registryUser: text,
  registryPassword: text,
  unknownSchemas: oneOf('pause', 'dead-letter'),
  channels: value => {
    const problem = channelProblem(value)
    return problem ? new Unfit(problem.must, problem.at) : (value as ChannelSettings)
  },
}

export interface Settings {
  readonly config: Config
  readonly from: Readonly<Record<Key, From>>
}

/** Collects the settings; throws UsageError for an unknown key or a value out of range. */
export function settings(flags: Readonly<Partial<Record<Key, unknown>>>, named = environment('JOAI_CONFIG')): Settings {
  const file = named ?? 'joai.yaml'
  const written = named === undefined && !existsSync(file) ? {} : readFile(file)
  const config: Record<string, unknown> = {}
  const from: Record<string, From> = {}
  for (const key of Object.keys(defaults) as Key[]) {
    const variable = `JOAI_${key.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
    const [source, where, value] = (
      [
        ['flag', `--${hyphenated(key)}`, flags[key]],
        ['environment', variable, environment(variable)],
        ['environment', `${variable}_FILE`, secrets.has(key) ? inFile(environment(`${variable}_FILE`)) : undefined],
        ['file', `${file}: ${key}`, written[key]],
        ['default', key, defaults[key]],
      ] as const
    ).find(([, , given]) => given !== undefined)!
    const checked = source === 'default' ? value : checks[key](value)
    if (source === 'flag' && files.has(key) && checked === '') throw new UsageError(`${where} names no file`)
    if (checked instanceof Unfit) throw new UsageError(`${where}${checked.at} ${checked.must}${given(key, value)}`)
    config[key] =
      source === 'file' && files.has(key) && checked !== '' ? resolve(dirname(file), checked as string) : checked
    from[key] = source
  }
  // A topology that a flag names takes the place of an extension that joai.yaml names.
  if (from.topology === 'flag') config.extension = ''
  return { config: config as unknown as Config, from: from as Record<Key, From> }
}

/** Returns the flag of a setting, without its dashes. */
export const hyphenated = (key: string): string => key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** Returns the configuration with its secrets masked. */
export const masked = ({ channels, ...config }: Config): Config =>
  ({
    ...Object.fromEntries(Object.entries(config).map(([key, value]) => [key, shown(key as Key, value)])),
    channels: maskedChannels(channels),
  }) as unknown as Config

/** Returns the value of a setting as people may see it. */
function shown(key: Key, value: unknown): unknown {
  if (secrets.has(key)) return value === '' ? '' : '***'
  return typeof value === 'string' ? withoutCredentials(value) : value
}

/** Returns the given value for a message; channels are left out because they may hold secrets. */
const given = (key: Key, value: unknown): string => (key === 'channels' ? '' : `, not '${shown(key, value)}'`)

const inFile = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readText(file).replace(/\r?\n$/, '')

function readFile(file: string): Readonly<Record<string, unknown>> {
  const written = parsed(file, readText(file))
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    throw new UsageError(`${file}: must hold keys and values`)
  const unknown = Object.keys(written).find(key => !Object.hasOwn(defaults, key))
  if (unknown !== undefined)
    throw new UsageError(`${file}: there is no setting '${unknown}'; there are ${Object.keys(defaults).join(', ')}`)
  return written as Readonly<Record<string, unknown>>
}

/** Parses the file. The parser's own messages quote the text, which may hold secrets, so they are not passed on. */
function parsed(file: string, text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' }) ?? {}
  } catch (error) {
    const { linePos, code } = error as Partial<YAMLParseError>
    const place = linePos === undefined ? file : `${file}:${linePos[0].line}:${linePos[0].col}`
    throw new UsageError(`${place}: this is not valid YAML${code === undefined ? '' : ` (${code})`}`)
  }
}

function oneOf<const T extends string>(...values: readonly T[]) {
  return (value: unknown): T | Unfit =>
    values.find(one => one === value) ?? new Unfit(`must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`)
}

function matching(pattern: RegExp, must: string) {
  return (value: unknown): string | Unfit =>
    typeof value === 'string' && pattern.test(value) ? value : new Unfit(must)
}

function text(value: unknown): string | Unfit {
  return typeof value === 'string' ? value : new Unfit('must be a text')
}

function wholeNumber(least: number, most: number) {
  return (value: unknown): number | Unfit => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most
      ? number
      : new Unfit(`must be a whole number from ${least} to ${most}`)
  }
}

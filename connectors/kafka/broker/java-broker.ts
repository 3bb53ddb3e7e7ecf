import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ConnectorError } from '../../../topology/log/log.ts'
import { freePorts } from '../../free-port.ts'
import { type LocalBroker, untilReady } from './process-broker.ts'

const version = '4.1.0'
const run = promisify(execFile)

/** Tells whether Java or Maven is missing here; null when both are there. */
export async function javaLacks(): Promise<string | null> {
  for (const [program, flag] of [
    ['java', '-version'],
    ['mvn', '-version'],
  ] as const) {
    const answers = await run(program, [flag]).then(
      () => true,
      () => false,
    )
    if (!answers) return `${program} is not there`
  }
  return null
}

/** A second listener, beside the plaintext one. */
export interface AddedListener {
  readonly protocol: 'SASL_SSL' | 'SSL' | 'SASL_PLAINTEXT'
  readonly port: number
  /** Lines of the broker's properties: keys, mechanisms, users. */
  readonly settings: readonly string[]
  /** SCRAM users, in the form that the storage tool takes. */
  readonly scram?: readonly string[]
}

/** Options of a broker from jars. */
export interface JavaBrokerOptions {
  readonly progress?: (text: string) => void
  readonly added?: AddedListener | null
  /** More lines of the broker's properties. */
  readonly settings?: readonly string[]
  /** Uses both of Java's compilers, as in production: the broker warms up later than with the first alone, and is faster then. */
  readonly bothCompilers?: boolean
}

/**
 * Starts Apache Kafka, one node in KRaft mode, from its jars, which Maven fetches into `cache` once. Its data is deleted
 * when it stops. Throws `broker-failed`.
 */
export async function startJavaBroker(
  cache: string,
  { progress = () => undefined, added = null, settings: more = [], bothCompilers = false }: JavaBrokerOptions = {},
): Promise<LocalBroker> {
  const jars = await fetchedJars(cache, progress)
  const directory = mkdtempSync(join(tmpdir(), 'joai-broker-'))
  const [port, controllerPort] = (await freePorts(2)) as [number, number]
  const settings = join(directory, 'server.properties')
  writeFileSync(settings, properties(port, controllerPort, join(directory, 'data'), added, more))
  const java = (...args: string[]) => ['-cp', join(jars, '*'), ...args, settings]
  // The tool would take an id that begins with a dash for a flag.
  const cluster = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url').replace(/^-/, 'A')
  const scram = (added?.scram ?? []).flatMap(user => ['--add-scram', user])
  await run('java', java('kafka.tools.StorageTool', 'format', '--standalone', ...scram, '-t', cluster, '-c'))
  progress('starting Apache Kafka')
  const compilers = bothCompilers ? [] : ['-XX:TieredStopAtLevel=1']
  const start = () => startProcess([...compilers, ...java('kafka.Kafka')], directory, port)
  let child = await start()
  // This process may end without calling `stop`.
  const atExit = () => child.kill('SIGKILL')
  process.on('exit', atExit)
  const end = async (signal: NodeJS.Signals) => {
    const ended = child.exitCode !== null || child.signalCode !== null ? null : once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    brokers: `127.0.0.1:${port}`,
    means: `Apache Kafka ${version} from its jars, by Java and Maven`,
    async restart(awayMs = 0) {
      await end('SIGKILL')
      await delay(awayMs)
      child = await start()
    },
    async stop() {
      process.off('exit', atExit)
      await end('SIGKILL')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function fetchedJars(cache: string, progress: (text: string) => void): Promise<string> {
  const jars = join(cache, `kafka-${version}`)
  if (existsSync(jars)) return jars
  progress(`fetching Apache Kafka ${version} with Maven`)
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'fetching-'))
  try {
    writeFileSync(join(work, 'pom.xml'), pom)
    await run('mvn', ['-B', '-q', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'], {
      cwd: work,
      maxBuffer: 64 * 1024 * 1024,
    })
    // Another process may have fetched them meanwhile.
    if (!existsSync(jars)) renameSync(join(work, 'jars'), jars)
    return jars
  } catch (cause) {
    throw new ConnectorError('broker-failed', `Maven could not fetch Apache Kafka: ${(cause as Error).message}`, {
      cause,
    })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function startProcess(args: readonly string[], directory: string, port: number): Promise<ChildProcess> {
  const child = spawn('java', ['-Xmx512m', ...args], { cwd: directory, stdio: 'ignore' })
  try {
    await untilReady(`127.0.0.1:${port}`, () => child.exitCode !== null)
    return child
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>joai</groupId><artifactId>broker</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
`

function properties(
  port: number,
  controllerPort: number,
  data: string,
  added: AddedListener | null,
  more: readonly string[],
): string {
  const listeners = [`PLAINTEXT://127.0.0.1:${port}`, ...(added ? [`${added.protocol}://127.0.0.1:${added.port}`] : [])]
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=${listeners.join(',')},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=${listeners.join(',')}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT
log.dirs=${data}
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
${[...(added?.settings ?? []), ...more].map(line => `${line}\n`).join('')}`
}

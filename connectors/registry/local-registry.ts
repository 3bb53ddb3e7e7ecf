import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConnectorError } from '../../topology/log/log.ts'
import { type ContainerEngine, findContainerEngine, type NoContainers } from '../containers/container-engine.ts'
import { freePort } from '../free-port.ts'

/** A registry for development and tests: it keeps nothing when it ends. */
export interface LocalRegistry {
  readonly url: string
  /** Its name and the means by which it runs: for messages. */
  readonly means: string
  stop(): Promise<void>
}

const version = '2.6.13.Final'
const image = `apicurio/apicurio-registry-mem:${version}`
const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`
const unpack = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack'
const startMsMax = 120_000
/** The path under which Apicurio Registry speaks Confluent's protocol. */
const path = '/apis/ccompat/v7'

/** Tells what is missing to start a registry here; null when one can be started. */
export async function localRegistryLacks(): Promise<string | null> {
  const engine = await findContainerEngine()
  return 'lacks' in engine ? javaLacks(engine) : null
}

function javaLacks(engine: NoContainers): string | null {
  const missing = ['java', 'mvn'].filter(command => spawnSync(command, ['-version'], { stdio: 'ignore' }).status !== 0)
  if (missing.length === 0) return null
  return `a registry needs Docker, or Java and Maven: ${engine.lacks}, and there is no ${missing.join(' and no ')}`
}

/**
 * Starts Apicurio Registry, which speaks Confluent's protocol, in memory and on a free port: in Docker, or on Java. In the
 * second case Maven fetches it the first time (140 MB, kept in `cache`). Throws `registry-unavailable` when it can't be
 * had or does not start.
 */
export async function startLocalRegistry(cache = join(homedir(), '.cache', 'joai')): Promise<LocalRegistry> {
  const engine = await findContainerEngine()
  if (!('lacks' in engine)) return startDockerRegistry(engine)
  const lacks = javaLacks(engine)
  if (lacks !== null) throw new ConnectorError('registry-unavailable', lacks)
  return startJavaRegistry(await jars(cache))
}

async function startDockerRegistry({ library, host }: ContainerEngine): Promise<LocalRegistry> {
  const started = await new library.GenericContainer(image)
    .withExposedPorts(8080)
    .withWaitStrategy(library.Wait.forHttp(`${path}/subjects`, 8080).withStartupTimeout(startMsMax))
    .start()
    .catch(cause => {
      throw new ConnectorError('registry-unavailable', `${image} did not start: ${cause.message}`, { cause })
    })
  return {
    url: `http://${host}:${started.getMappedPort(8080)}${path}`,
    means: `the image ${image} in Docker`,
    async stop() {
      await started.stop()
    },
  }
}

async function startJavaRegistry(home: string): Promise<LocalRegistry> {
  const port = await freePort()
  const child = spawn(
    'java',
    [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port}`,
      '-jar',
      `apicurio-registry-app-${version}-runner.jar`,
    ],
    { cwd: home, stdio: 'ignore' },
  )
  const url = `http://127.0.0.1:${port}${path}`
  const stop = () => ended(child)
  process.once('exit', () => child.kill('SIGKILL'))
  if (await answers(child, `${url}/subjects`)) return { url, means: `Apicurio Registry ${version} on Java`, stop }
  await stop()
  throw new ConnectorError('registry-unavailable', `Apicurio Registry ${version} did not start`)
}

/** The folder with Apicurio's jars: unpacked once, then only looked up. */
async function jars(cache: string): Promise<string> {
  const home = join(cache, `apicurio-registry-${version}`)
  if (existsSync(home)) return home
  const coming = `${home}.${process.pid}`
  await mkdir(coming, { recursive: true })
  try {
    await promisify(execFile)('mvn', ['-B', '-q', unpack, `-Dartifact=${artifact}`, `-DoutputDirectory=${coming}`], {
      cwd: coming,
    })
    await rename(coming, home)
  } catch (error) {
    await rm(coming, { recursive: true, force: true })
    // Another process may have been quicker.
    if (existsSync(home)) return home
    throw new ConnectorError('registry-unavailable', `Maven can't bring ${artifact}: ${(error as Error).message}`)
  }
  return home
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  const until = Date.now() + startMsMax
  while (child.exitCode === null && Date.now() < until) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return true
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return false
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exit
}

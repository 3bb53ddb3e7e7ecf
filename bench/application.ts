import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../connectors/free-port.ts'
import type { KafkaLog } from '../connectors/kafka/kafka-log.ts'
import { type Config, settings } from '../scripts/config/config.ts'
import { readReleaseFile } from '../scripts/input/release-file.ts'
import { openClusterLog } from '../scripts/logs/cluster.ts'
import { ingestInto } from '../scripts/supervisor/ingest-cluster.ts'
import { journey } from '../topology/journey.ts'
import { controlRecord, releaseControl } from '../topology/replay/control-record.ts'
import { Metrics } from './metrics.ts'

const program = fileURLToPath(new URL('../scripts/joai.js', import.meta.url))
/** Node's flags of the bench itself, so that `npm run bench` measures what `npm run joai` runs. */
const nodeFlags = process.execArgv
const readyWithinMs = 60_000

/** A line of a worker's log, with all its fields. */
export interface LoggedLine {
  readonly msg: string
  /** ISO 8601. */
  readonly time: string
  readonly [key: string]: any
}

/** A live application on a broker, deployed and run by the commands of `joai`. */
export class BenchApplication {
  readonly config: Config
  readonly #folder: string

  private constructor(folder: string, config: Config) {
    this.#folder = folder
    this.config = config
  }

  /** Deploys with the settings of `given` in joai.yaml. The application uses `folder` alone; the caller deletes it. */
  static async deploy(folder: string, given: Readonly<Record<string, unknown>>): Promise<BenchApplication> {
    const file = join(folder, 'joai.yaml')
    const needed = { secret: 'the secret of a benchmark', app: 'bench', data: join(folder, 'data') }
    mkdirSync(needed.data)
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ ...needed, ...given }))
    const { config } = settings({}, file)
    const application = new BenchApplication(folder, config)
    await application.run('apply', '--json')
    return application
  }

  /** Runs a command to its end and parses the object on its last line, also where the command exits with 1. */
  async run(...args: readonly string[]): Promise<Record<string, any>> {
    const options = { cwd: this.#folder, maxBuffer: 64 << 20 }
    const command = [...nodeFlags, program, ...args]
    const { stdout } = await promisify(execFile)(process.execPath, command, options).catch(error => {
      if (error.code === 1) return error as { stdout: string }
      throw error
    })
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
  }

  /** Starts `joai run` with a data folder of its own, as on a separate machine. */
  async start(name = 'machine'): Promise<Machine> {
    const data = this.dataOf(name)
    // Without a registry, the schemas are files beside the data.
    cpSync(join(this.config.data, 'schemas'), join(data, 'schemas'), { recursive: true })
    const port = await freePort()
    const args = [...nodeFlags, program, 'run', '--workers', '1', '--data', data, '--port', String(port)]
    const stderr = openSync(join(this.#folder, `${name}.log`), 'a')
    const startedAt = Date.now()
    const child = spawn(process.execPath, args, { cwd: this.#folder, stdio: ['ignore', 'ignore', stderr] })
    return new Machine(child, { port, data, startedAt })
  }

  /** Reads the lines with this message from the log of a machine's workers, in order. */
  logged(message: string, name = 'machine'): LoggedLine[] {
    const lines = readFileSync(join(this.#folder, `${name}.log`), 'utf8').split('\n')
    return lines
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as LoggedLine)
      .filter(({ msg }) => msg === message)
  }

  /** Returns the data folder of a machine. */
  dataOf(name = 'machine'): string {
    return join(this.#folder, name)
  }

  openLog(): Promise<KafkaLog> {
    return openClusterLog(this.config, journey({ secret: this.config.secret }))
  }

  /** Deploys a release, and waits until every partition has it. */
  async release(log: KafkaLog, file: string): Promise<void> {
    const topology = journey({ secret: this.config.secret })
    async function* records() {
      yield controlRecord(releaseControl(readReleaseFile(file)), Date.now())
    }
    await ingestInto({ log, topology, records: records(), tickMs: Number.POSITIVE_INFINITY, progress: () => undefined })
  }
}

/** A running `joai run` with one worker process. */
export class Machine {
  readonly data: string
  /** In ms since the epoch. */
  readonly startedAt: number
  readonly #child: ChildProcess
  readonly #url: string
  readonly #atExit = () => this.#child.kill('SIGKILL')

  constructor(child: ChildProcess, { port, data, startedAt }: { port: number; data: string; startedAt: number }) {
    this.#child = child
    this.#url = `http://127.0.0.1:${port}`
    this.data = data
    this.startedAt = startedAt
    process.on('exit', this.#atExit)
  }

  /** Waits until its worker has joined the group and runs its tasks, at least one. */
  async ready(): Promise<void> {
    for (const until = performance.now() + readyWithinMs; performance.now() < until; await delay(50)) {
      if (this.#child.exitCode !== null) throw new Error('`joai run` has ended')
      const answer = await fetch(`${this.#url}/readyz`).catch(() => null)
      if (answer?.status !== 200) continue
      const { workers } = (await answer.json()) as { workers: readonly { tasks: readonly unknown[] }[] }
      if (workers.every(({ tasks }) => tasks.length > 0)) return
    }
    throw new Error(`\`joai run\` is not ready after ${readyWithinMs} ms`)
  }

  async metrics(): Promise<Metrics> {
    return new Metrics(await (await fetch(`${this.#url}/metrics`)).text())
  }

  /** Lets the worker drain, and waits for its end. */
  async stop(): Promise<void> {
    process.off('exit', this.#atExit)
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await gone
  }
}

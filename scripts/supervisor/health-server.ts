import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client'
import { UsageError } from '../cli/errors.ts'
import type { Config } from '../config/config.ts'
import type { Supervisor } from './supervisor.ts'
import type { WorkerStatus } from './worker-process.ts'

const paths: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

const askedWithinMs = 10_000

/** Serves `/healthz`, `/readyz` and `/metrics` for all workers of a `joai run` on one port. */
export class HealthServer {
  readonly #server: Server
  readonly #supervisor: Supervisor

  private constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor
    this.#server = createServer(async ({ url }, response) => {
      try {
        await this.#answer(url ?? '/', response)
      } catch (error) {
        response.writeHead(500).end((error as Error).message)
      }
    })
    // A connection over which nobody asks is not kept.
    this.#server.headersTimeout = this.#server.requestTimeout = askedWithinMs
  }

  /** Port 0 takes any free port. Throws UsageError where the address can't be used. */
  static async open(supervisor: Supervisor, { host, port }: Pick<Config, 'host' | 'port'>): Promise<HealthServer> {
    const health = new HealthServer(supervisor)
    await new Promise<void>((resolve, reject) => {
      health.#server.once('error', error =>
        reject(new UsageError(`port ${port} of ${host} can't be used: ${error.message}`)),
      )
      health.#server.listen(port, host, resolve)
    })
    return health
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    const pathname = url.split('?')[0]!
    // Whoever asks for anything else must not keep the workers busy.
    if (!paths.has(pathname)) {
      response.writeHead(404).end('there are /healthz, /readyz and /metrics\n')
      return
    }
    const statuses = await this.#supervisor.statuses()
    if (pathname === '/healthz') answer(response, statuses, status => status !== null)
    else if (pathname === '/readyz') answer(response, statuses, status => status?.ready === true)
    else {
      const { contentType, text } = await metricsOf(statuses, this.#supervisor.restarts)
      response.writeHead(200, { 'content-type': contentType }).end(text)
    }
  }
}

/** Answers 200 when the condition holds for every worker, else 503; the body has the state of each. */
function answer(
  response: ServerResponse,
  statuses: readonly (WorkerStatus | null)[],
  holds: (status: WorkerStatus | null) => boolean,
): void {
  const workers = statuses.map((status, worker) => ({
    worker,
    answers: status !== null,
    ready: status?.ready ?? false,
    tasks: (status?.tasks ?? []).map(({ name, state, position, lag, stalled }) => ({
      name,
      state,
      position,
      lag,
      ...(stalled === null ? {} : { stalled }),
    })),
    withoutTask: status?.withoutTask ?? [],
  }))
  const body = JSON.stringify({ ok: statuses.every(holds), workers })
  response.writeHead(statuses.every(holds) ? 200 : 503, { 'content-type': 'application/json' }).end(`${body}\n`)
}

/** Collects the metrics of all workers and of the supervisor. */
async function metricsOf(
  statuses: readonly (WorkerStatus | null)[],
  restarts: readonly number[],
): Promise<{ readonly contentType: string; readonly text: string }> {
  const own = new Registry()
  const labels = { registers: [own], labelNames: ['worker'] }
  const up = new Gauge({ name: 'joai_worker_up', help: 'Whether a worker process answers.', ...labels })
  const again = new Counter({ name: 'joai_worker_restarts_total', help: 'Worker processes started again.', ...labels })
  statuses.forEach((status, worker) => {
    up.set({ worker: String(worker) }, status === null ? 0 : 1)
    again.inc({ worker: String(worker) }, restarts[worker]!)
  })
  const all = [...statuses.flatMap(status => (status === null ? [] : [status.metrics])), await own.getMetricsAsJSON()]
  const merged = AggregatorRegistry.aggregate(all as object[][])
  return { contentType: merged.contentType, text: await merged.metrics() }
}

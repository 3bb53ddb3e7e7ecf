import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DeadLetter, Receipt, Send } from '../../../schemas/generated.ts'
import { sendsOn, topics } from '../../../schemas/topics.ts'
import { decodeValue, encodeValue } from '../../../schemas/wire.ts'
import type { Log, LogRecord } from '../../../topology/log/log.ts'
import { openMemoryLog } from '../../embedded/memory-log.ts'
import type { Clock } from '../clock.ts'

export const noon = Date.UTC(2026, 10, 2, 12)

/** Makes a send to person `p<n>`, with its own key. */
export const sendOf = (n: number, changes: Partial<Send> = {}): Send => ({
  decisionId: `d${n}`,
  idempotencyKey: `d${n}/0`,
  kind: 'send',
  personId: `p${n}`,
  addressToken: `p${n}`,
  actionId: 'R1',
  treatmentId: 'plain',
  channel: 'email',
  purpose: 'marketing',
  parameters: { subject: `mail ${n}`, text: 'hello' },
  notBefore: null,
  expiresAt: null,
  reason: '',
  ...changes,
})

export const sendsOf = (count: number, from = 0): Send[] => Array.from({ length: count }, (_, i) => sendOf(from + i))

/** Makes the cancellation of a send, with the same key. */
export const cancelOf = (send: Send): Send => ({ ...send, kind: 'cancel', reason: 'consent-withdrawn' })

/** Creates the topics that channels need. */
export async function withTopics(log: Log, partitions = 2, channels: readonly string[] = ['email']): Promise<Log> {
  for (const channel of channels) await log.createTopic(sendsOn(channel).name, partitions)
  await log.createTopic('receipts', partitions)
  await log.createTopic('dead-letters', 1)
  return log
}

export const memoryLog = (partitions?: number, channels?: readonly string[]): Promise<Log> =>
  withTopics(openMemoryLog(), partitions, channels)

/** Appends sends as deciding does: those of one person go to one partition. */
export async function put(log: Log, list: readonly Send[], channel: string = 'email'): Promise<void> {
  const topic = sendsOn(channel)
  const partitions = log.topics().get(topic.name)!
  await log.append(
    list.map(send => ({
      topic: topic.name,
      partition: Number(send.personId.slice(1)) % partitions,
      key: send.personId,
      value: encodeValue(topic.types.send, send),
      timestamp: noon,
    })),
  )
}

async function all(log: Log, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (let partition = 0; partition < log.topics().get(topic)!; partition++)
    records.push(...(await log.read(topic, partition, 0, 100_000)))
  return records
}

export const receiptsIn = async (log: Log): Promise<Receipt[]> =>
  (await all(log, 'receipts')).map(({ value }) => decodeValue(topics.receipts.types.receipt, value))

export const deadLettersIn = async (log: Log): Promise<DeadLetter[]> =>
  (await all(log, 'dead-letters')).map(({ value }) => decodeValue(topics.deadLetters.types.letter, value))

/** A clock that stands still until a test advances it. */
export interface ManualClock extends Clock {
  /** Advances the time, and ends the sleeps that are over by then. */
  advance(ms: number): void
  /** The length of every sleep, in ms. */
  readonly slept: number[]
}

export function manualClock(at = noon): ManualClock {
  const sleepers = new Set<{ readonly due: number; wake(): void }>()
  const slept: number[] = []
  return {
    slept,
    now: () => at,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        const sleeper = {
          due: at + ms,
          wake: () => {
            sleepers.delete(sleeper)
            resolve()
          },
        }
        if (signal.aborted) return resolve()
        slept.push(ms)
        sleepers.add(sleeper)
        signal.addEventListener('abort', sleeper.wake, { once: true })
      }),
    advance(ms) {
      at += ms
      for (const sleeper of [...sleepers]) if (sleeper.due <= at) sleeper.wake()
    },
  }
}

/** A clock on which every sleep ends at once and advances the time. */
export function instantClock(at = noon): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    now: () => at,
    sleep: async ms => {
      slept.push(ms)
      at += ms
      await new Promise(setImmediate)
    },
  }
}

/** One call to the web service. */
export interface Request {
  readonly key: string
  readonly path: string
  readonly body: Partial<Send>
  readonly headers: IncomingMessage['headers']
}

/** A web service that records its calls. */
export interface Receiver {
  readonly host: string
  readonly url: string
  /** All calls, in order. */
  readonly requests: Request[]
  /** How often each key was accepted. A service that honours the key accepts it once. */
  readonly taken: Map<string, number>
  /** Answers a call; by default it accepts it. */
  answer: Answer
  close(): Promise<void>
}

export type Answer = (request: Request, response: ServerResponse, take: () => void) => void

/** Accepts the send and answers. */
export const accept: Answer = (_, response, take) => {
  take()
  response.writeHead(200).end('thanks')
}

/** Accepts the connection and never answers. */
export const stall: Answer = () => undefined

export const respond =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end()
  }

/** Starts a real web service on this computer. */
export async function startReceiver(answer: Answer = accept): Promise<Receiver> {
  const requests: Request[] = []
  const taken = new Map<string, number>()
  const server = createServer(async (incoming, response) => {
    let text = ''
    for await (const chunk of incoming) text += chunk
    const request = {
      key: String(incoming.headers['idempotency-key']),
      path: incoming.url ?? '',
      body: JSON.parse(text) as Partial<Send>,
      headers: incoming.headers,
    }
    requests.push(request)
    receiver.answer(request, response, () => taken.set(request.key, (taken.get(request.key) ?? 0) + 1))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const receiver: Receiver = {
    host,
    url: `http://${host}/sends`,
    requests,
    taken,
    answer,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}

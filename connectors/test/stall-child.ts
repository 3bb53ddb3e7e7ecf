import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { sendsOn } from '../../schemas/topics.ts'
import { encodeValue } from '../../schemas/wire.ts'
import type { Log } from '../../topology/log/log.ts'
import { startChannel } from '../channels/dispatcher.ts'
import { openWebhook } from '../channels/providers/webhook-provider.ts'
import { openEmbeddedLog } from '../embedded/embedded-log.ts'

/** A line of output of the stall test's child process. */
export interface StallLine {
  /** The memory of the process, without mapped files. */
  readonly ownBytes: number
  /** Whether all sends are in the log. */
  readonly isPiled: boolean
  readonly sms: Readonly<Record<string, number>>
  readonly email: Readonly<Record<string, number>>
}

/** Lets sends pile up on one channel while another delivers. Reports its state until all are delivered. */
export async function deliverAll(directory: string, url: string, counts: Record<'sms' | 'email', number>) {
  const log = await openEmbeddedLog(directory)
  for (const topic of [sendsOn('sms').name, sendsOn('email').name, 'receipts']) await log.createTopic(topic, 2)
  await log.createTopic('dead-letters', 1)
  const start = (channel: string) => {
    const provider = openWebhook({
      url: `${url}/${channel}`,
      allowedHosts: [new URL(url).host],
      allowsLoopbackHttp: true,
    })
    return startChannel({
      log,
      channel,
      provider,
      callTimeoutMs: 2000,
      backoffMs: 500,
      triesMax: 50,
      inFlightMax: 32,
      heldMax,
    })
  }
  const [sms, email] = await Promise.all([start('sms'), start('email')])
  let isPiled = false
  const say = () => {
    const line: StallLine = { ownBytes: ownBytes(), isPiled, sms: sms.counts(), email: email.counts() }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
  const told = setInterval(say, 50)
  await Promise.all([pile(log, 'sms', counts.sms), pile(log, 'email', counts.email)])
  isPiled = true
  while (sms.counts().delivered < counts.sms || email.counts().delivered < counts.email) await delay(20)
  clearInterval(told)
  await Promise.all([sms.stop(), email.stop()])
  say()
  await log.close()
}

/** Measures memory without the files that LevelDB maps, because the system can reclaim those; includes them where they can't be told apart. */
function ownBytes(): number {
  if (process.platform !== 'linux') return process.memoryUsage.rss()
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))!
  return Number(kilobytes) * 1024
}

/** The most sends that each channel may hold in memory. */
export const heldMax = 250

/** The approximate size of a send, in bytes. */
export const sendBytes = 32_000
const together = 20

async function pile(log: Log, channel: 'sms' | 'email', count: number): Promise<void> {
  for (let n = 0; n < count; n += together)
    await log.append(Array.from({ length: Math.min(together, count - n) }, (_, i) => outputOf(channel, n + i)))
}

function outputOf(channel: 'sms' | 'email', n: number) {
  const { name, types } = sendsOn(channel)
  const personId = `p${n}`
  const send = {
    decisionId: `${channel}${n}`,
    idempotencyKey: `${channel}${n}/0`,
    kind: 'send' as const,
    personId,
    addressToken: personId,
    actionId: 'R1',
    treatmentId: 'plain',
    channel,
    purpose: 'marketing',
    parameters: { text: String(n).padEnd(sendBytes, '.') },
    notBefore: null,
    expiresAt: null,
    reason: '',
  }
  return { topic: name, partition: n % 2, key: personId, value: encodeValue(types.send, send), timestamp: n }
}

const [command, directory, url, sms, email] = process.argv.slice(2)
if (command === 'deliver-all') await deliverAll(directory!, url!, { sms: Number(sms), email: Number(email) })

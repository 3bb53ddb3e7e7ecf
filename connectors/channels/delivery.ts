import type { Send } from '../../schemas/generated.ts'
import type { OutputRecord } from '../../topology/log/log.ts'
import type { PartitionContext } from './channel-context.ts'
import type { Attempt } from './journal.ts'
import type { CallOutcome, Unsettled } from './providers/provider.ts'
import type { ChannelReceiptKind } from './send-records.ts'

/** No timer can be set for longer than 24.8 days. */
const longestSleepMs = 86_400_000

/** One send, from its record to its receipt. */
export class Delivery {
  readonly #send: Send
  readonly #context: PartitionContext
  readonly #halt = new AbortController()
  #attempt: Attempt
  #isCancelled = false
  #refusal = ''
  /** Why the last call did not settle it. */
  #reason = ''

  constructor(send: Send, attempt: Attempt, context: PartitionContext) {
    this.#send = send
    this.#context = context
    this.#attempt = attempt
    // The process died during the call, or before it wrote what came of it.
    if (attempt.state === 'attempted') this.#attempt = { ...attempt, isUncertain: true }
  }

  get key(): string {
    return this.#send.idempotencyKey
  }

  /** Its time has not come. */
  get isEarly(): boolean {
    return (this.#send.notBefore ?? 0) > this.#context.clock.now()
  }

  /** It shall not be delivered any more; takes effect before the next call. */
  cancel(): void {
    this.#isCancelled = true
    this.#halt.abort()
  }

  /** Ends its waiting, because the channel stops. */
  halt(): void {
    this.#halt.abort()
  }

  /** Resolves when the send is done with, or the channel stops; throws when the log fails. */
  async run(): Promise<void> {
    const { personQueues, stopping } = this.#context
    await this.#waitUntil(this.#send.notBefore ?? 0)
    await personQueues.run(this.#send.personId, async () => {
      while (this.#attempt.state !== 'done' && !stopping.aborted) await this.#advance()
    })
  }

  async #advance(): Promise<void> {
    const { calls } = this.#context
    if (await this.#isOver()) return
    const giveBack = await calls.take()
    let outcome: CallOutcome | null
    try {
      outcome = await this.#try()
    } finally {
      giveBack()
    }
    if (outcome === null) return
    if (outcome.kind === 'delivered') return this.#finish('delivered')
    if (outcome.kind === 'bounced' || outcome.kind === 'rejected') return this.#finish(outcome.kind, outcome.reason)
    await this.#rest(outcome)
  }

  /** Before the next call, if there may be one. */
  async #rest(outcome: Unsettled): Promise<void> {
    const { tries, restClock } = this.#context
    this.#reason = outcome.reason
    if (outcome.kind === 'unknown') this.#attempt = { ...this.#attempt, isUncertain: true }
    await this.#write({ state: 'waiting' })
    if (await this.#isOver()) return
    this.#context.count('retries')
    const backoff = Math.min(tries.backoffMs * 2 ** (this.#attempt.tries - 1), tries.backoffMaxMs)
    await this.#waitUntil(restClock.now() + Math.max(backoff, outcome.retryAfterMs ?? 0), restClock)
  }

  /** Records the attempt, asks again whether it may be, reads to the partition's end, calls. Null: there was no call. */
  async #try(): Promise<CallOutcome | null> {
    const { provider, lookout, calls, stopping } = this.#context
    if (stopping.aborted) return null
    const mayRepeat = this.#attempt.isUncertain
    await this.#write({ state: 'attempted', tries: this.#attempt.tries + 1 })
    const isKnown = await this.#askAgain()
    await lookout.toEnd()
    if (!isKnown) return { kind: 'failed', reason: 'consent-not-known' }
    if (stopping.aborted || this.#refusal || this.#isCancelled || this.#isExpired) {
      await this.#write({ state: 'waiting', tries: this.#attempt.tries - 1 })
      return null
    }
    try {
      return await calls.within(signal => provider.deliver(this.#send, { signal, mayRepeat }))
    } catch {
      // What `attempted` says stays so when the channel stops: the next process takes it from there.
      return stopping.aborted ? null : { kind: 'unknown', reason: 'no-answer' }
    }
  }

  /** False when there is no answer, which is a no for now. */
  async #askAgain(): Promise<boolean> {
    const { mayStill, calls } = this.#context
    try {
      const answer = await calls.within(() => mayStill(this.#send))
      this.#refusal = answer === 'allowed' ? '' : answer
      return true
    } catch {
      return false
    }
  }

  /** True when no call may follow: cancelled, refused, out of time or of tries, or not to be repeated. */
  async #isOver(): Promise<boolean> {
    const { provider, tries } = this.#context
    const { isUncertain, tries: tried } = this.#attempt
    if (this.#isCancelled) await this.#drop('cancelled', 'cancelled')
    else if (isUncertain && !provider.isIdempotent) await this.#bury(this.#reason || 'interrupted')
    else if (this.#refusal) await this.#drop('refused', this.#refusal)
    else if (this.#isExpired) await this.#drop('expired', 'expired')
    else if (tried >= tries.max) await this.#bury(this.#reason || 'interrupted')
    return this.#attempt.state === 'done'
  }

  /** What is cancelled needs no receipt: whoever cancelled it has given the contact back. */
  async #drop(what: 'cancelled' | 'refused' | 'expired', reason: string): Promise<void> {
    if (this.#attempt.isUncertain) await this.#bury(reason)
    else if (what === 'cancelled') await this.#write({ state: 'done' })
    else await this.#finish('rejected', reason)
    this.#context.count(what)
  }

  get #isExpired(): boolean {
    const { expiresAt } = this.#send
    return expiresAt !== null && expiresAt <= this.#context.clock.now()
  }

  async #finish(kind: ChannelReceiptKind, reason = ''): Promise<void> {
    const { reports, clock, count, tellsDelivered } = this.#context
    const isTold = kind !== 'delivered' || tellsDelivered
    await this.#write({ state: 'done' }, isTold ? [reports.receipt(this.#send, kind, reason, clock.now())] : [])
    count(kind)
  }

  /** Gives up. A contact that may have been made is not given back: there is no receipt then. */
  async #bury(detail: string): Promise<void> {
    const { letter, reports, clock, count } = this.#context
    const { isUncertain, offset } = this.#attempt
    const buried = await letter(offset, isUncertain ? 'outcome-unknown' : 'gave-up', detail)
    if (isUncertain) await this.#write({ state: 'done' }, [buried])
    else {
      const returned = reports.receipt(this.#send, 'rejected', 'gave-up', clock.now())
      await this.#write({ state: 'done' }, [buried, returned])
      count('rejected')
    }
    count('deadLetters')
  }

  #write(change: Partial<Attempt>, outputs: readonly OutputRecord[] = []): Promise<void> {
    this.#attempt = { ...this.#attempt, ...change }
    return this.#context.journal.write([[this.key, this.#attempt]], outputs)
  }

  async #waitUntil(at: number, clock = this.#context.clock): Promise<void> {
    const { signal } = this.#halt
    for (;;) {
      const left = at - clock.now()
      if (left <= 0 || signal.aborted) return
      await clock.sleep(Math.min(left, longestSleepMs), signal)
    }
  }
}

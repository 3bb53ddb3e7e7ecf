import type { Send } from '../../schemas/generated.ts'
import type { OutputRecord } from '../../topology/log/log.ts'
import type { Attempt } from './attempt-log.ts'
import type { PartitionContext } from './channel-context.ts'
import type { CallOutcome, Unsettled } from './providers/provider.ts'
import type { ChannelReceiptKind } from './send-records.ts'

/** A timer can't be set for longer than 24.8 days, so longer waits are divided. */
const longestSleepMs = 86_400_000

/** Delivers one send: from its record to its receipt or dead letter. */
export class Delivery {
  readonly #send: Send
  readonly #context: PartitionContext
  readonly #waiting = new AbortController()
  #attempt: Attempt
  #isCancelled = false
  #refusal = ''
  /** Reason of the last call that neither delivered nor rejected it. */
  #reason = ''

  constructor(send: Send, attempt: Attempt, context: PartitionContext) {
    this.#send = send
    this.#context = context
    this.#attempt = attempt
    // The process died during the call, or before it wrote the outcome.
    if (attempt.state === 'attempted') this.#attempt = { ...attempt, isUncertain: true }
  }

  get key(): string {
    return this.#send.idempotencyKey
  }

  /** Whether it is still waiting for its `notBefore`. */
  get isEarly(): boolean {
    return (this.#send.notBefore ?? 0) > this.#context.clock.now()
  }

  /** Prevents every further call. */
  cancel(): void {
    this.#isCancelled = true
    this.#waiting.abort()
  }

  /** Ends its wait, because the channel stops. */
  stopWaiting(): void {
    this.#waiting.abort()
  }

  /** Resolves when the send is done, or the channel stops. Throws when the log fails. */
  async run(): Promise<void> {
    const { personQueues, stopping } = this.#context
    await this.#waitUntil(this.#send.notBefore ?? 0)
    await personQueues.run(this.#send.personId, async () => {
      while (this.#attempt.state !== 'done' && !stopping.aborted) await this.#advance()
    })
  }

  async #advance(): Promise<void> {
    const { limiter } = this.#context
    if (await this.#isFinished()) return
    const release = await limiter.acquire()
    let outcome: CallOutcome | null
    try {
      outcome = await this.#try()
    } finally {
      release()
    }
    if (outcome === null) return
    if (outcome.kind === 'delivered') return this.#finish('delivered')
    if (outcome.kind === 'bounced' || outcome.kind === 'rejected') return this.#finish(outcome.kind, outcome.reason)
    await this.#pause(outcome)
  }

  /** Pauses before the next call, where another one is allowed. */
  async #pause(outcome: Unsettled): Promise<void> {
    const { retryPolicy, retryClock } = this.#context
    this.#reason = outcome.reason
    if (outcome.kind === 'unknown') this.#attempt = { ...this.#attempt, isUncertain: true }
    await this.#write({ state: 'waiting' })
    if (await this.#isFinished()) return
    this.#context.count('retries')
    const backoff = Math.min(retryPolicy.backoffMs * 2 ** (this.#attempt.tries - 1), retryPolicy.backoffMaxMs)
    await this.#waitUntil(retryClock.now() + Math.max(backoff, outcome.retryAfterMs ?? 0), retryClock)
  }

  /** Records the attempt, asks the guard, reads the partition to its end, then calls. Returns null when there was no call. */
  async #try(): Promise<CallOutcome | null> {
    const { provider, watcher, limiter, stopping } = this.#context
    if (stopping.aborted) return null
    const mayRepeat = this.#attempt.isUncertain
    await this.#write({ state: 'attempted', tries: this.#attempt.tries + 1 })
    const isKnown = await this.#askGuard()
    await watcher.readToEnd()
    if (!isKnown) return { kind: 'failed', reason: 'consent-not-known' }
    if (stopping.aborted || this.#refusal || this.#isCancelled || this.#isExpired) {
      await this.#write({ state: 'waiting', tries: this.#attempt.tries - 1 })
      return null
    }
    try {
      return await limiter.run(signal => provider.deliver(this.#send, { signal, mayRepeat }))
    } catch {
      // When the channel stops, the state stays `attempted`, and the next process continues from there.
      return stopping.aborted ? null : { kind: 'unknown', reason: 'no-answer' }
    }
  }

  /** Asks the guard. Returns false when it does not answer, which prevents the call for now. */
  async #askGuard(): Promise<boolean> {
    const { guard, limiter } = this.#context
    try {
      const answer = await limiter.run(() => guard(this.#send))
      this.#refusal = answer === 'allowed' ? '' : answer
      return true
    } catch {
      return false
    }
  }

  /** Finishes the send when no call may follow: it is cancelled, refused, expired, out of tries, or must not be repeated. */
  async #isFinished(): Promise<boolean> {
    const { provider, retryPolicy } = this.#context
    const { isUncertain, tries } = this.#attempt
    if (this.#isCancelled) await this.#drop('cancelled', 'cancelled')
    else if (isUncertain && !provider.isIdempotent) await this.#giveUp(this.#reason || 'interrupted')
    else if (this.#refusal) await this.#drop('refused', this.#refusal)
    else if (this.#isExpired) await this.#drop('expired', 'expired')
    else if (tries >= retryPolicy.max) await this.#giveUp(this.#reason || 'interrupted')
    return this.#attempt.state === 'done'
  }

  /**
   * Finishes without a call. A cancelled send gets a receipt too: whoever cancelled it could not know whether it was
   * delivered, and its contact counts until the channel says that it was not.
   */
  async #drop(what: 'cancelled' | 'refused' | 'expired', reason: string): Promise<void> {
    if (this.#attempt.isUncertain) await this.#giveUp(reason)
    else await this.#finish('rejected', reason)
    this.#context.count(what)
  }

  get #isExpired(): boolean {
    const { expiresAt } = this.#send
    return expiresAt !== null && expiresAt <= this.#context.clock.now()
  }

  async #finish(kind: ChannelReceiptKind, reason = ''): Promise<void> {
    const { reports, clock, count, reportsDelivered } = this.#context
    const hasReceipt = kind !== 'delivered' || reportsDelivered
    await this.#write({ state: 'done' }, hasReceipt ? [reports.receipt(this.#send, kind, reason, clock.now())] : [])
    count(kind)
  }

  /** Writes a dead letter. A contact that may have been made is not returned, so it gets no receipt. */
  async #giveUp(detail: string): Promise<void> {
    const { deadLetter, reports, clock, count } = this.#context
    const { isUncertain, offset } = this.#attempt
    const written = await deadLetter(offset, isUncertain ? 'outcome-unknown' : 'gave-up', detail)
    if (isUncertain) await this.#write({ state: 'done' }, [written])
    else {
      const returned = reports.receipt(this.#send, 'rejected', 'gave-up', clock.now())
      await this.#write({ state: 'done' }, [written, returned])
      count('rejected')
    }
    count('deadLetters')
  }

  #write(change: Partial<Attempt>, outputs: readonly OutputRecord[] = []): Promise<void> {
    this.#attempt = { ...this.#attempt, ...change }
    return this.#context.attemptLog.write([[this.key, this.#attempt]], outputs)
  }

  async #waitUntil(at: number, clock = this.#context.clock): Promise<void> {
    const { signal } = this.#waiting
    for (;;) {
      const left = at - clock.now()
      if (left <= 0 || signal.aborted) return
      await clock.sleep(Math.min(left, longestSleepMs), signal)
    }
  }
}

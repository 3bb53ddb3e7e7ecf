import type { Send } from '../../../schemas/generated.ts'

/** What became of one call, as far as the provider knows. Reasons are stable codes, without personal data. */
export type CallOutcome =
  | { readonly kind: 'delivered' }
  /** Will never arrive: the address does not take it (bounced), or the provider refuses it (rejected). */
  | { readonly kind: 'bounced'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string }
  | Unsettled

/** Certainly not delivered (failed), or nobody can tell (unknown). */
export interface Unsettled {
  readonly kind: 'failed' | 'unknown'
  readonly reason: string
  /** The provider asks for so long a rest. */
  readonly retryAfterMs?: number
}

/** The circumstances of one call. */
export interface Call {
  /** Aborted when the call's time is over, or the channel stops. */
  readonly signal: AbortSignal
  /** An earlier call for the same send may have been delivered. */
  readonly mayRepeat: boolean
}

/** Who takes a channel's sends further: a web service, a mail server, a file. */
export interface Provider {
  /** Takes two calls with one idempotency key for one. If not, a call of unknown outcome is never repeated. */
  readonly isIdempotent: boolean
  /** Whatever it throws counts as an unknown outcome. */
  deliver(send: Send, call: Call): Promise<CallOutcome>
  close(): Promise<void>
}

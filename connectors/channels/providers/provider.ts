import type { Send } from '../../../schemas/generated.ts'

/** The outcome of one call, as far as the provider knows. Reasons are stable codes without personal data. */
export type CallOutcome =
  | { readonly kind: 'delivered' }
  /** It will never arrive: the address does not accept it (bounced), or the provider refuses it (rejected). */
  | { readonly kind: 'bounced'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string }
  | Unsettled

/** An outcome that may be followed by another call: certainly not delivered (failed), or nobody can tell (unknown). */
export interface Unsettled {
  readonly kind: 'failed' | 'unknown'
  readonly reason: string
  /** The pause that the provider asks for. */
  readonly retryAfterMs?: number
}

/** The facts that a provider knows about the call it makes. */
export interface Call {
  /** Aborted when the call takes too long, or the channel stops. */
  readonly signal: AbortSignal
  /** Whether an earlier call may already have delivered this send. */
  readonly mayRepeat: boolean
}

/** Receives a channel's sends and delivers them: a web service, a mail server, a file. */
export interface Provider {
  /** Whether it treats two calls with one idempotency key as one. If not, a call with an unknown outcome is never repeated. */
  readonly isIdempotent: boolean
  /** Delivers one send. An error that it throws counts as an unknown outcome. */
  deliver(send: Send, call: Call): Promise<CallOutcome>
  close(): Promise<void>
}

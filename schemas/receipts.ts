import type { Receipt, Send } from './generated.ts'

/** A receipt of a send: the same send and kind give the same receipt id. `at` is when it became known. */
export const receiptOf = (
  { idempotencyKey, decisionId, personId, channel }: Send,
  kind: Receipt['kind'],
  at: number,
  { value = 0, reason = '' }: { readonly value?: number; readonly reason?: string } = {},
): Receipt => ({
  receiptId: `${idempotencyKey}/${kind}`,
  decisionId,
  personId,
  kind,
  value,
  occurredAt: at,
  source: reason === '' ? channel : `${channel}: ${reason}`,
})

/** Whether a channel itself gave this receipt because it could not deliver: it says why. */
export const isRefusal = ({ kind, source }: Receipt): boolean =>
  (kind === 'bounced' || kind === 'rejected') && source.includes(': ')

import type { Receipt, Send } from './generated.ts'

/** Makes a receipt of a send. The same send and kind give the same receipt id; `at` is the time at which it became known. */
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

/** Tells whether a channel gave this receipt because it could not deliver. Such a receipt names a reason. */
export const isRefusal = ({ kind, source }: Receipt): boolean =>
  (kind === 'bounced' || kind === 'rejected') && source.includes(': ')

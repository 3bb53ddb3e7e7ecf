import { firstCatalog } from '../../schemas/catalog/first-catalog.ts'
import type { ConsentRecord, ConsentUnreadable, Position } from '../../schemas/generated.ts'

/** Tells whether a record is a no that was assumed, because what the person said could not be read. It has no event id. */
export const isAssumed = ({ eventId }: Pick<ConsentRecord, 'eventId'>): boolean => eventId === ''

/** Lists the withdrawals to assume for a consent that could not be read: one for each purpose and channel that it may have named. */
export function assumedRecords(
  { purpose, channel, effectiveAt, ...known }: ConsentUnreadable,
  { source, origin, recordedAt }: { readonly source: string; readonly origin: Position; readonly recordedAt: number },
): readonly ConsentRecord[] {
  const { purposes, channels } = known.purposes.length + known.channels.length > 0 ? known : firstCatalog.declaration
  return (purpose === null ? purposes : [purpose]).flatMap(purpose =>
    (channel === null ? channels : [channel]).map(channel => ({
      ...{ purpose, channel, status: 'withdrawn' as const },
      ...{ lawfulBasis: '', jurisdiction: '', wordingVersion: '' },
      ...{ source, effectiveAt, recordedAt, origin, eventId: '' },
    })),
  )
}

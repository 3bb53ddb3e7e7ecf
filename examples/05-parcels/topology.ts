// 5. Another trade: parcels. Scans are joined with promised deliveries, and late parcels are counted by region.
// On a cluster nothing orders one input against another, so the output must not depend on which of a scan and its delivery comes first.

import { operator, to } from 'joai/operator'
import { table } from 'joai/state'
import { broadcast, keyed, schema, Tick, topic, topology } from 'joai/topology'

interface Delivery {
  readonly parcel: string
  readonly region: string
  /** Promised time of arrival. */
  readonly dueAt: number
}
interface Scan {
  readonly parcel: string
  readonly depot: string
  /** True for the scan at which the parcel was handed over. */
  readonly isLast: boolean
}
interface LocatedScan {
  readonly parcel: string
  readonly depot: string
  readonly region: string
}
interface Late {
  readonly parcel: string
  readonly region: string
}
interface LateCount {
  readonly region: string
  readonly parcels: number
}
interface ParcelRow {
  /** Null until its delivery is known. */
  readonly delivery: Delivery | null
  /** Depots of the scans that came before the delivery was known. */
  readonly waiting: readonly string[]
  /** Null until the parcel was handed over. */
  readonly handedOverAt: number | null
}

const parcel = { name: 'parcel', type: 'string' } as const
const region = { name: 'region', type: 'string' } as const
const depot = { name: 'depot', type: 'string' } as const
const Delivery = schema<Delivery>({
  type: 'record',
  name: 'Delivery',
  fields: [parcel, region, { name: 'dueAt', type: 'long' }],
})
const Scan = schema<Scan>({
  type: 'record',
  name: 'Scan',
  fields: [parcel, depot, { name: 'isLast', type: 'boolean' }],
})
const LocatedScan = schema<LocatedScan>({ type: 'record', name: 'LocatedScan', fields: [parcel, depot, region] })
const Late = schema<Late>({ type: 'record', name: 'Late', fields: [parcel, region] })
const LateCount = schema<LateCount>({
  type: 'record',
  name: 'LateCount',
  fields: [region, { name: 'parcels', type: 'long' }],
})
const ParcelRow = schema<ParcelRow>({
  type: 'record',
  name: 'ParcelRow',
  fields: [
    { name: 'delivery', type: ['null', JSON.parse(Delivery.json)] },
    { name: 'waiting', type: { type: 'array', items: 'string' } },
    { name: 'handedOverAt', type: ['null', 'long'] },
  ],
})

const byParcel = (value: { readonly parcel: string }) => value.parcel
const byRegion = (value: { readonly region: string }) => value.region
// Time is a record too: timers fire by the ticks on their topic.
const tick = broadcast(Tick)
export const deliveries = topic('deliveries', 'input', { delivery: keyed(Delivery, byParcel), tick })
export const scans = topic('scans', 'input', { scan: keyed(Scan, byParcel), tick })
export const parcels = topic('parcels', 'internal', {
  delivery: keyed(Delivery, byParcel),
  scan: keyed(Scan, byParcel),
  tick,
})
export const located = topic('located-scans', 'public', { scan: keyed(LocatedScan, byParcel) })
export const late = topic('late-parcels', 'internal', { late: keyed(Late, byRegion) })
export const lateCounts = topic('late-counts', 'public', { count: keyed(LateCount, byRegion) })

const tracked = table<ParcelRow>('tracked-parcels', {
  schema: ParcelRow,
  empty: { delivery: null, waiting: [], handedOverAt: null },
})

/** Adds the region of its parcel to each scan, and reports a parcel that is due and was not handed over before. */
export const track = operator({
  name: 'track',
  input: { delivery: Delivery, scan: Scan },
  output: { located: LocatedScan, late: Late },
  writes: tracked,
  on: {
    delivery({ value: delivery }, row) {
      const { parcel, region, dueAt } = delivery
      return {
        row: { ...row, delivery, waiting: [] },
        emit: row.waiting.map(depot => to('located', { parcel, depot, region })),
        timer: dueAt,
      }
    },
    scan({ value: { parcel, depot, isLast }, receivedAt }, row) {
      const seen = isLast ? { ...row, handedOverAt: receivedAt } : row
      if (row.delivery === null) return { row: { ...seen, waiting: [...row.waiting, depot] } }
      return { row: seen, emit: [to('located', { parcel, depot, region: row.delivery.region })] }
    },
  },
  timer(_record, { delivery, handedOverAt }) {
    const { parcel, region, dueAt } = delivery!
    const isLate = handedOverAt === null || handedOverAt >= dueAt
    return isLate ? { emit: [to('late', { parcel, region })] } : {}
  },
})

const counts = table('late-counts', { schema: LateCount, empty: { region: '', parcels: 0 } })

/** Counts the late parcels of each region, and emits every new count. */
export const countLate = operator({
  name: 'count-late',
  input: { late: Late },
  output: LateCount,
  writes: counts,
  on: {
    late({ value: { region } }, { parcels }) {
      const counted = { region, parcels: parcels + 1 }
      return { row: counted, emit: [counted] }
    },
  },
})

const build = topology('parcels', graph => {
  const { delivery } = graph.source(deliveries, 'keying')
  const { scan } = graph.source(scans, 'keying')
  const byParcel = graph.repartition(parcels, { delivery, scan }, 'tracking')
  const tracking = graph.process(track, { delivery: byParcel.delivery, scan: byParcel.scan })
  graph.sink(located, { scan: tracking.located })
  const counting = graph.repartition(late, { late: tracking.late }, 'counting')
  graph.sink(lateCounts, { count: graph.process(countLate, { late: counting.late }) })
})

export { build as topology }

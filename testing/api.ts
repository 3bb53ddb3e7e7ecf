// The exports of `joai/testing`, for tests of your own operators and topologies.

export type { InputRecord } from '../schemas/input-record.ts'
export type { About, ReceiptParts } from './builders.ts'
export { consent, event, receipt, releaseFrom, usualTime } from './builders.ts'
export type { ReadRecord } from './topology-test.ts'
export { input, TopologyTest } from './topology-test.ts'
export type { BuiltEventType } from './usual-events.ts'

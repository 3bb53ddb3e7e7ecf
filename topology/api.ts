// What someone's own topology imports as `joai/topology`.

export type { RecordType, StreamRecord, Time, Topic } from '../schemas/record.ts'
export { broadcast, days, hours, keyed, minutes, topic } from '../schemas/record.ts'
export type { Schema, Shape } from '../schemas/schema.ts'
export { schema, shape } from '../schemas/schema.ts'
export { TopologyError } from './check.ts'
export { describeJson, describeMermaid, describeText } from './describe.ts'
export type { Graph, Stream, Topology } from './topology.ts'
export { topology } from './topology.ts'

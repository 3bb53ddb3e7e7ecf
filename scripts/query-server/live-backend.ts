import type { KeptDemo } from '../demo/kept-demo.ts'
import type { QueryBackend } from '../queries/query.ts'
import { snapshotOf } from './snapshot.ts'

/** Makes the backend of a running demo. */
export const liveBackend = ({ log, living, topology }: KeptDemo): QueryBackend => ({
  topology,
  log: () => living.quiet(() => snapshotOf(log)),
  growing: log,
  betweenEpochs: work => living.quiet(async epochs => work(epochs, await snapshotOf(log))),
  control: control => living.control(control),
})

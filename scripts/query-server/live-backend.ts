import type { Demo } from '../demo/demo.ts'
import { controlled } from '../queries/handlers/control.ts'
import type { QueryBackend } from '../queries/query.ts'
import { snapshotOf } from './snapshot.ts'

/** Makes the backend of a running demo. */
export const liveBackend = ({ log, loop, topology }: Demo): QueryBackend => ({
  topology,
  log: () => loop.betweenEpochs(() => snapshotOf(log)),
  growing: log,
  betweenEpochs: work => loop.betweenEpochs(async runner => work(runner, await snapshotOf(log))),
  control: control => controlled(loop, control),
})

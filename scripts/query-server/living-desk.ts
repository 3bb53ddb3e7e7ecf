import type { KeptDemo } from '../demo/kept-demo.ts'
import type { Desk } from '../queries/query.ts'
import { snapshotOf } from './snapshot.ts'

/** Answers from a demo that lives. */
export const livingDesk = ({ log, living, topology }: KeptDemo): Desk => ({
  topology,
  log: () => living.quiet(() => snapshotOf(log)),
  growing: log,
  quiet: work => living.quiet(async epochs => work(epochs, await snapshotOf(log))),
  control: control => living.control(control),
})

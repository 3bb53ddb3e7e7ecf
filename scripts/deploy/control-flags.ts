import type { Command } from 'commander'
import { type Flags, span } from '../cli/flags.ts'
import type { RecordPosition } from '../supervisor/control-copies.ts'

/** Adds the flags of a command that publishes on a cluster: the cluster, and whether to wait until it takes effect. */
export const publishFlags = (command: Command): Command =>
  command
    .option('--brokers <list>', 'publish it on this cluster: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--registry <url>', "the cluster's schema registry; without one, a folder of --data")
    .option('--data <dir>', 'where that folder is')
    .option('--no-wait', 'on a cluster: do not wait until it is in effect')
    .option('--timeout <span>', 'on a cluster: wait no longer than this', span, 60_000)

/** Returns how long to wait until it takes effect; null: do not wait. */
export const waitLimitMs = ({ wait, timeout }: Flags): number | null => (wait ? timeout : null)

/** Formats the positions from which on a control record is in effect; they are unknown where nobody waited for them. */
export const formatEffect = (places: readonly RecordPosition[]): string =>
  places.length === 0
    ? 'its place in each partition'
    : places.map(({ topic, partition, offset }) => `record ${offset} of ${topic}/${partition}`).join(', ')

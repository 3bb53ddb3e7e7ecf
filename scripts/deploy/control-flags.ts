import type { Command } from 'commander'
import { type Flags, span } from '../cli/flags.ts'
import type { RecordPosition } from '../supervisor/control-copies.ts'

/** The flags of what is published on a cluster: where, and whether its effect is waited for. */
export const publishFlags = (command: Command): Command =>
  command
    .option('--brokers <list>', 'publish it on this cluster: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--registry <url>', "the cluster's schema registry; without one, a folder of --data")
    .option('--data <dir>', 'where that folder is')
    .option('--no-wait', 'on a cluster: do not wait until it is in effect')
    .option('--timeout <span>', 'on a cluster: wait no longer than this', span, 60_000)

/** How long to wait until it is in effect; null: not at all. */
export const waitLimitMs = ({ wait, timeout }: Flags): number | null => (wait ? timeout : null)

/** From where on it is in effect; nothing is known of it where it was not waited for. */
export const formatEffect = (places: readonly RecordPosition[]): string =>
  places.length === 0
    ? 'its place in each partition'
    : places.map(({ topic, partition, offset }) => `record ${offset} of ${topic}/${partition}`).join(', ')

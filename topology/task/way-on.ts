import type { Ownership } from '../log/log.ts'
import type { Checkpoint } from './checkpoint.ts'
import { isAnotherTopic } from './recovery.ts'

/**
 * A way on for a task that its log contradicts. A person chooses it by name:
 * `offsets` takes the position from the checkpoint, where the broker forgot or changed it. Nothing is lost.
 * `start` goes on at the start of the log, where records were deleted before they were folded.
 * `end` goes on at the end of the log, where records are gone that had been folded.
 * `topic` begins a topic that was deleted and created anew at its start.
 */
export type WayOn = 'offsets' | 'start' | 'end' | 'topic'

/** The offsets that a partition holds. */
export interface HeldOffsets {
  readonly start: number
  readonly end: number
}

/** What a task has committed, as far as ways on depend on it. */
export type CommittedState = Pick<Ownership, 'position' | 'topicId'> & { readonly checkpoint: Checkpoint | null }

/** Returns the way on of a task; null where it needs none. The causes are in the order in which one hides the next. */
export function wayOnOf({ position, checkpoint, topicId }: CommittedState, held: HeldOffsets): WayOn | null {
  if (checkpoint === null) return null
  if (isAnotherTopic({ ...(topicId !== undefined && { topicId }) }, checkpoint)) return 'topic'
  if (checkpoint.position < held.start) return 'start'
  if (checkpoint.position > held.end) return 'end'
  return position === checkpoint.position ? null : 'offsets'
}

/** Returns the checkpoint with which a task goes on. The counts of what it sent stay, so that receivers miss nothing. */
export function checkpointFor(
  way: WayOn,
  checkpoint: Checkpoint,
  held: HeldOffsets,
  topicId: string | undefined,
): Checkpoint {
  if (way === 'offsets') return checkpoint
  const { topicId: _, ...kept } = checkpoint
  const position = way === 'end' ? held.end : held.start
  // No record of the log was folded before this position.
  return { ...kept, position, fingerprint: '', ...(topicId !== undefined && { topicId }) }
}

/** The number of a record from another task. */
export interface Numbered {
  readonly source: string
  readonly n: number
}

/**
 * Returns the counts of received records as if all had been folded that an internal log no longer holds: what is left begins at
 * the first number of each source, and of a source without records all that it sent is gone.
 */
export function receivedWithoutLost(
  checkpoint: Checkpoint,
  sent: ReadonlyMap<string, number>,
  left: readonly Numbered[],
): Checkpoint['received'] {
  const received = new Map(Object.entries(checkpoint.received))
  for (const [source, count] of sent) received.set(source, Math.max(count, received.get(source) ?? 0))
  const met = new Set<string>()
  for (const { source, n } of left) {
    if (met.has(source)) continue
    met.add(source)
    received.set(source, Math.max(n - 1, checkpoint.received[source] ?? 0))
  }
  return Object.fromEntries(received)
}

import type { AgendaRow, WaitingRequest } from '../../schemas/generated.ts'
import { days, type Time } from '../../schemas/record.ts'
import { compareText } from '../lists/compare.ts'
import { mergedById } from '../lists/merge.ts'
import type { DecisionRequest } from '../request.ts'

/** The most requests that a person keeps for later; a request beyond them is decided at once, and can't be deferred. */
const waitingMax = 50
/** The most bytes of the events of these requests. */
const waitingBytesMax = 65_536

/** The longest time for which a request waits, however often it is deferred anew. */
const waitingForMax = days(14)

/** Tells whether a request that was first asked at `askedAt` may be deferred once more. */
export const mayWaitOn = (askedAt: Time, now: Time): boolean => now - askedAt < waitingForMax

type Waiting = AgendaRow['waiting']

/** Tells whether one more request with this event can be kept. */
export function hasRoom(waiting: Waiting, event: WaitingRequest['event']): boolean {
  let bytes = bytesOf(event)
  for (const one of waiting) bytes += bytesOf(one.event)
  return waiting.length < waitingMax && bytes <= waitingBytesMax
}

const bytesOf = (event: WaitingRequest['event']): number => event?.payload.length ?? 0

/** Keeps what a request is asked again with. */
export const waitingOf = ({ decisionId, trigger, event }: DecisionRequest, askedAt: Time): WaitingRequest => ({
  decisionId,
  askedAt,
  journey: trigger.journey,
  stage: trigger.stage,
  event,
})

/** Joins two lists of requests, each request once, in the order in which they were asked. */
export const joinedRequests = (a: Waiting, b: Waiting): Waiting =>
  mergedById(a, b, {
    id: ({ decisionId }) => decisionId,
    join: x => x,
    compare: (x, y) => x.askedAt - y.askedAt || compareText(x.decisionId, y.decisionId),
  })

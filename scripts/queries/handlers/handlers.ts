import { handleRelease, handleStop } from './control.ts'
import { handleExplain } from './explain.ts'
import { handlePerson } from './person.ts'
import { handleTail } from './tail.ts'
import { handleVerify } from './verify.ts'

/** The handlers of all queries, by the name of their command. */
export const queryHandlers = {
  explain: handleExplain,
  verify: handleVerify,
  person: handlePerson,
  tail: handleTail,
  release: handleRelease,
  stop: handleStop,
} as const

/** The type of the handlers by name, for typed requests. */
export type QueryHandlers = typeof queryHandlers

import { releaseAnswer, stopAnswer } from './control.ts'
import { explainAnswer } from './explain.ts'
import { personAnswer } from './person.ts'
import { tailAnswer } from './tail.ts'
import { verifyAnswer } from './verify.ts'

/** All that can be asked about a folder, by the name of the command that asks it. */
export const answers = {
  explain: explainAnswer,
  verify: verifyAnswer,
  person: personAnswer,
  tail: tailAnswer,
  release: releaseAnswer,
  stop: stopAnswer,
} as const

export type Answers = typeof answers

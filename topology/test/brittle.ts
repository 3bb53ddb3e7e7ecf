import { nothing } from '../../operators/nothing.ts'
import { operator } from '../../operators/operator.ts'
import { Decision } from '../../schemas/generated.ts'
import type { Extension } from '../journey.ts'

/**
 * For tests: an extension with a bug. It throws on each decision by a release whose version is odd and at least 3, for some
 * persons: so a release of another version can go on. Of version 100 it throws only on the action `saver`, so that a stop can.
 */
export const brittle: Extension = (graph, { decision }) => {
  graph.process(
    operator({
      name: 'brittle',
      input: { decision: Decision },
      output: nothing,
      on: {
        decision({ value: { provenance, subject, outcome } }) {
          if (provenance.releaseVersion === 100 && outcome.actionId === 'saver') throw new Error('it is not for sale')
          if (provenance.releaseVersion >= 3 && provenance.releaseVersion % 2 === 1 && /[0-9]$/.test(subject.personId))
            throw new Error('an odd version is not known here')
          return {}
        },
      },
    }),
    { decision },
  )
}

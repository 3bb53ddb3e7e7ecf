/**
 * For tests: the text of an extension with a bug, which shows under some versions of a release. Its operator has one name, so its
 * topology stays the same when the bug changes.
 */
export const brittleModule = (isBroken: string): string => `
import { operator } from 'joai/operator'
import { Decision } from 'joai/topology'
const brittle = operator({
  name: 'brittle',
  input: { decision: Decision },
  output: {},
  on: {
    decision({ value: { provenance: { releaseVersion } } }) {
      if (${isBroken}) throw new Error('this version is not known here')
      return {}
    },
  },
})
export const extension = (graph, { decision }) => {
  graph.process(brittle, { decision })
}
`

import { type ExperimentShare, UnitRow } from '../../schemas/generated.ts'
import { table } from '../../state/table.ts'
import { draw } from '../hashing/ids.ts'
import { operator } from '../operator.ts'
import { compiled } from '../release/compiled/compiled-release.ts'
import type { Experiment } from '../release/release.ts'
import { AssignedRequest, ConsentedRequest } from '../request.ts'
import { release } from './active-release.ts'

/**
 * Holds the id by which a person takes part in experiments. When two persons merge, the earlier one stays; at the same
 * time, the smaller id.
 */
export const units = table<UnitRow>('experiment-units', {
  schema: UnitRow,
  empty: { unit: '', since: 0 },
  merge: (a, b) => (a.unit === '' || (b.unit !== '' && isBefore(b, a)) ? b : a),
})

const isBefore = (a: UnitRow, b: UnitRow): boolean => a.since < b.since || (a.since === b.since && a.unit < b.unit)

/** Adds to each request the experiments of the release that it falls under, and its variant in each. */
export const experimentArms = operator({
  name: 'experiment-arms',
  input: { request: ConsentedRequest },
  output: AssignedRequest,
  writes: units,
  reads: { release },
  on: {
    request({ key, value: { request, locale, consent }, receivedAt }, row, reads) {
      const all = compiled(reads.release)?.release.experiments ?? []
      if (all.length === 0) return { emit: [{ request, locale, consent, experiments: [] }] }
      const mine = row.unit === '' ? { unit: key, since: receivedAt } : row
      const { journey } = request.trigger
      const experiments = all
        .filter(experiment => experiment.journey === null || experiment.journey === journey)
        .map(experiment => shareIn(experiment, mine.unit))
      const emit = [{ request, locale, consent, experiments }]
      return mine === row ? { emit } : { row: mine, emit }
    },
  },
})

/** Draws the variant of an experiment; an id always draws the same one. */
function shareIn({ id, kind, share, salt }: Experiment, unit: string): ExperimentShare {
  const isIn = draw(salt, unit) < share
  return { id, variant: isIn ? kind : 'policy', probability: isIn ? share : 1 - share, rampStage: '' }
}

import type { Adapter } from '../../connectors/adapters/adapter.ts'
import { sampleHistory } from '../../simulation/sample.ts'
import { ConnectorError } from '../../topology/log/log.ts'

/** Reads the simulated customers of a grocer. `input` is `seed` or `seed:customers`; the same input gives the same bytes. */
export const sample: Adapter = {
  name: 'sample',
  async *read(input) {
    const { seed, customers } = parse(input ?? '')
    yield* sampleHistory(seed, customers)
  },
}

function parse(input: string): { seed: string; customers: number } {
  const [seed = '', size = '300', ...rest] = input.split(':')
  const customers = Number(size)
  if (rest.length > 0 || !Number.isInteger(customers) || customers < 4 || customers > 1_000_000)
    throw new ConnectorError(
      'input-bad',
      `'${input}' is not a seed, or a seed and a number of customers from 4 on, as in 'spring:300'`,
    )
  return { seed: seed === '' ? 'joai' : seed, customers }
}

/** The greatest integer that Avro carries exactly. Counts and sums stop here, at 9 thousand million units of a sum. */
export const amountMax = Number.MAX_SAFE_INTEGER - 1

/** Converts a value to rounded millionths between ±amountMax: integers add up to the same in any order. */
export function millionths(value: number): number {
  const scaled = Math.round(value * 1_000_000)
  return scaled > amountMax ? amountMax : scaled < -amountMax ? -amountMax : scaled + 0
}

/** Adds two amounts, up to amountMax. */
export const saturatingSum = (a: number, b: number): number => Math.min(a + b, amountMax)

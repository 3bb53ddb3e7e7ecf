import { days } from '../../../schemas/record.ts'

/** The longest duration of a release. Sums of a few of them and a time stay exact, and fit every row. */
export const durationMax = days(3650)
/** The most characters of a text. */
export const textLengthMax = 1000
/** The most characters of a CEL expression. */
export const expressionLengthMax = 10_000
/** The most entries of a list, or of a record of names and values. */
export const entriesMax = 1000

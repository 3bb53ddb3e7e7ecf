import { shape } from '../schemas/codec/schema.ts'

/** The output of an operator that emits nothing. */
export const nothing = shape<never>('nothing')

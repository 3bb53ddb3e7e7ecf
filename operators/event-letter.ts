import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { DeadLetter, PersonEvent } from '../schemas/generated.ts'
import type { Time } from '../schemas/record.ts'
import type { ValidationError } from './validation-error.ts'

/** Makes the dead letter that says what an event could not be used for. */
export const letterOf = ({ origin, payload }: PersonEvent, why: ValidationError, at: Time): DeadLetter => ({
  position: origin,
  ...why,
  size: payload.length,
  hash: bytesToHex(sha256(payload)),
  at,
})

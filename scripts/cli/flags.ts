import { InvalidArgumentError } from 'commander'
import { parseTime } from '../../schemas/json/json-time.ts'

/** The flags of a command, by name. */
export type Flags = Readonly<Record<string, any>>

/** Parses a flag that counts something; anything but a whole number is wrong use. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('It must be a whole number, 0 or more.')
  return number
}

/** Parses a flag that is an amount; anything but a number of 0 or more is wrong use. */
export function amount(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError('It must be a number, 0 or more.')
  return number
}

/** Takes a flag that names one input: a second one would replace the first in silence. */
export function oneInput(text: string, before: string | undefined): string {
  if (before !== undefined)
    throw new InvalidArgumentError(
      'One input is read: join the files in one, and add --sort where they overlap in time.',
    )
  return text
}

/** Parses a flag that is a share, from 0 to 1. */
export function share(text: string): number {
  const number = amount(text)
  if (number > 1) throw new InvalidArgumentError('It must be a number from 0 to 1.')
  return number
}

/** Parses a flag that is a time, in ISO 8601 with a zone; returns milliseconds since the epoch. */
export function time(text: string): number {
  const at = parseTime(text)
  if (typeof at !== 'number')
    throw new InvalidArgumentError('It must be a time with a zone, such as 2024-04-08T07:00Z.')
  return at
}

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Parses a flag that is a span of time, such as 20s or 3d; returns milliseconds. */
export function span(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('It must be a span of time, such as 20s, 10m or 3d.')
  return Number(count) * unitsMs[unit!]!
}

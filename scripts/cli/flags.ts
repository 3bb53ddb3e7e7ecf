import { InvalidArgumentError } from 'commander'
import { parseTime } from '../../schemas/json/json-time.ts'

/** What every command gets: its own flags, and those that all share. */
export type Flags = Readonly<Record<string, any>>

/** For a flag that counts something; anything but a whole number is wrong use. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('It must be a whole number, 0 or more.')
  return number
}

/** For a flag that says how much of something; anything but a number that is not below 0 is wrong use. */
export function amount(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError('It must be a number, 0 or more.')
  return number
}

/** For a flag that is a part of a whole, on [0, 1]. */
export function share(text: string): number {
  const number = amount(text)
  if (number > 1) throw new InvalidArgumentError('It must be a number from 0 to 1.')
  return number
}

/** For a flag that is a moment: ISO 8601 with a zone; milliseconds since the epoch. */
export function time(text: string): number {
  const at = parseTime(text)
  if (typeof at !== 'number')
    throw new InvalidArgumentError('It must be a time with a zone, such as 2024-04-08T07:00Z.')
  return at
}

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** For a flag that is a span of time, such as 20s or 3d: milliseconds; anything else is wrong use. */
export function span(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('It must be a span of time, such as 20s, 10m or 3d.')
  return Number(count) * unitsMs[unit!]!
}

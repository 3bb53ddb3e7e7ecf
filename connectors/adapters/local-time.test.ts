import moment from 'moment-timezone'
import { expect, test } from 'vitest'
import { localTime } from './local-time.ts'

const timeOf = localTime('America/New_York')

test('a time that the clocks skip moves forward, and a time that occurs twice means the first', () => {
  expect(timeOf('2017-03-12 01:59:59')).toBe(Date.parse('2017-03-12T06:59:59Z'))
  expect(timeOf('2017-03-12 02:30:00')).toBe(Date.parse('2017-03-12T07:30:00Z'))
  expect(timeOf('2017-03-12 03:30:00')).toBe(Date.parse('2017-03-12T07:30:00Z'))
  expect(timeOf('2017-11-05 01:30:00')).toBe(Date.parse('2017-11-05T05:30:00Z'))
  expect(timeOf('2017-11-05 02:00:00')).toBe(Date.parse('2017-11-05T07:00:00Z'))
})

test('every half hour of a year is read as the zone library reads it', () => {
  for (let at = Date.UTC(2017, 0); at < Date.UTC(2018, 0); at += 1_800_000) {
    const text = new Date(at).toISOString().slice(0, 19).replace('T', ' ')
    expect(timeOf(text)).toBe(moment.tz(text, 'YYYY-MM-DD HH:mm:ss', 'America/New_York').valueOf())
  }
})

test('a date alone means midnight, and a text that is no time is refused', () => {
  expect(timeOf('2017-07-04')).toBe(Date.parse('2017-07-04T00:00:00-04:00'))
  for (const text of ['', 'NA', '2017-02-30', '2017-13-01', '2017-01-01 25:00:00', '2017-01-01T00:00:00', '17-1-1'])
    expect(timeOf(text)).toBe(null)
})

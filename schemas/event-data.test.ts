import { expect, test } from 'vitest'
import { eventTypes } from './event-data.ts'
import { CustomerEvent } from './generated.ts'

test('every kind of data that an event may carry has an event type, and every type but those of consent is carried', () => {
  const { fields } = JSON.parse(CustomerEvent.json) as { fields: { name: string; type: { name: string }[] }[] }
  const carried = fields.find(({ name }) => name === 'data')!.type.map(branch => branch.name ?? branch)
  const { consent_changed: _, consent_unreadable: _unreadable, ...others } = eventTypes
  expect(
    Object.values(others)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...carried].sort())
})

import { expect, test } from 'vitest'
import { withoutCredentials } from './credentials.ts'

test('the credentials of an address are masked, wherever in a message it stands', () => {
  const all: readonly (readonly [string, string])[] = [
    ['http://user:pass@host:8081/apis', 'http://***@host:8081/apis'],
    ['https://token@host', 'https://***@host'],
    ['https://user:p@ss:w@host/x?key=1#end', 'https://***@host/x?***#end'],
    ["can't reach 'https://host/hook?key=a&b=c': refused", "can't reach 'https://host/hook?***': refused"],
    ['smtp://me:secret@mail.example and amqps://me:other@queue', 'smtp://***@mail.example and amqps://***@queue'],
    ['HTTPS://A:B@HOST?C', 'HTTPS://***@HOST?***'],
    [
      'mail to ann@example.com? yes, at https://example.com/@ann',
      'mail to ann@example.com? yes, at https://example.com/@ann',
    ],
  ]
  for (const [text, masked] of all) expect(withoutCredentials(text)).toBe(masked)
})

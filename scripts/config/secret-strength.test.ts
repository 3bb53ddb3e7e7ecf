import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { replaySecret } from './config.ts'
import { weaknessOf } from './secret-strength.ts'

describe('a secret for production', () => {
  test('is refused where it is published, or trivial', () => {
    for (const secret of [
      replaySecret,
      replaySecret.toUpperCase(),
      ' the-secret-that-makes-tokens',
      'aaaaaaaaaaaaaaaa',
      '0000000000000000',
      'abababababababab',
      'secretsecretsecret',
      '0123456789abcdef',
      '1234567890123456',
      'zyxwvutsrqponmlk',
      'change-me-change-me',
      'changeme-password1',
      'joai-test-secret-12345',
      'passwordpassword',
      'hunter2hunter2hunter2',
    ])
      expect(weaknessOf(secret), secret).not.toBeNull()
  })

  test('is accepted where it is random, whatever makes it', () => {
    for (let i = 0; i < 2000; i++)
      for (const secret of [randomBytes(16).toString('hex'), randomBytes(12).toString('base64'), randomUUID()])
        expect(weaknessOf(secret), secret).toBeNull()
    for (const phrase of ['correct horse battery staple', 'a secret of this application', 'the secret of the laws'])
      expect(weaknessOf(phrase), phrase).toBeNull()
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { outcomeOfError } from '../cli/errors.ts'
import { masked, settings } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'joai-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const written = (text: string) => {
  const file = join(folder, 'joai.yaml')
  writeFileSync(file, text)
  return file
}
/** What a user is told of these settings. */
function answer(text: string): string {
  try {
    return JSON.stringify(masked(settings({}, written(text)).config))
  } catch (error) {
    return outcomeOfError(error)[1]
  }
}

describe('no secret is shown', () => {
  test('of the settings that hold one in an address', () => {
    const shown = answer('registry: https://joai:hunter2@registry:8081/apis?key=hunter2')
    expect(shown).toContain('https://***@registry:8081/apis?***')
    expect(shown).not.toContain('hunter2')
    const hook =
      'channels: { sms: { webhook: { url: "https://a:hunter2@hooks/x?k=hunter2", headers: { k: hunter2 } } } }'
    expect(answer(hook)).toContain('https://***@hooks/x?***')
    expect(answer(hook)).not.toContain('hunter2')
  })

  test('by the message about a value that does not fit, or a file that can not be parsed', () => {
    for (const text of [
      'registry: ftp://joai:hunter2@registry',
      'brokers: sasl://joai:hunter2@broker:9092',
      'secret: "hunter2',
      'secret: *hunter2',
      'secret: !hunter2',
      'secret: !hunter2 x',
      'secret: hunter2: x',
      'secret: hunter2\n\tb: hunter2',
      'secret: hunter2\nsecret: hunter2',
      'secret: [hunter2',
      'channels: { sms: { webhook: { headers: { k: { hunter2: x } } } } }',
      '--- hunter2\n--- hunter2',
    ]) {
      expect(answer(text), text).not.toContain('hunter2')
      expect(answer(text), text).not.toContain('a bug')
    }
    expect(answer('data: x\nsecret: "hunter2')).toMatch(/joai\.yaml:2:\d+: this is not valid YAML \(MISSING_CHAR\)/)
  })
})

test('a message of the outside world is shown without the credentials in its addresses', () => {
  const error = new TypeError('fetch of https://a:hunter2@host/?key=hunter2 failed')
  expect(outcomeOfError(error)[1]).not.toContain('hunter2')
})

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { channelProblem, maskedChannels } from './channel-settings.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/channels.md'), 'utf8')

test('what the page of channels shows can be set, and shows no secret that is kept elsewhere', () => {
  const shown = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => parse(text!).channels)
  expect(shown).toHaveLength(1)
  expect(channelProblem(shown[0])).toBeNull()
  expect(Object.keys(shown[0])).toEqual(['sms', 'email', 'push'])
  expect(maskedChannels(shown[0])).toEqual(shown[0])
  expect(channelProblem({ ...shown[0], fax: {} })).toEqual({ at: '', must: "has no 'fax'" })
})

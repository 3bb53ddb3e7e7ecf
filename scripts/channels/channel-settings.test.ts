import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { providerKind } from '../../connectors/channels/providers/provider-kind.ts'
import { optional, secret, text } from '../../connectors/channels/providers/setting-fields.ts'
import { channelProblem, kindOf, maskedChannels, providerNames } from './channel-settings.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/channels.md'), 'utf8')

test('what the page of channels shows can be set, and shows no secret that is kept elsewhere', () => {
  const shown = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => parse(text!).channels)
  expect(shown).toHaveLength(1)
  expect(channelProblem(shown[0])).toBeNull()
  expect(Object.keys(shown[0])).toEqual(expect.arrayContaining(['sms', 'email', 'push']))
  expect(maskedChannels(shown[0])).toEqual(shown[0])
  // Which channels there are, the catalog says; a channel is looked for there when it starts.
  expect(channelProblem({ ...shown[0], fax: shown[0].sms })).toBeNull()
  expect(channelProblem({ ...shown[0], Fax: {} })?.must).toMatch(/^has no 'Fax': channels have names of small letters/)
  const used = Object.values<object>(shown[0]).flatMap(setting => Object.keys(setting))
  for (const name of providerNames) expect(used).toContain(name)
})

test('the page of channels says of every provider what it does and what it needs', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| .+ \|$/gm)].map(([row]) => row)
  expect(rows).toEqual(providerNames.map(name => `| \`${name}\` | ${kindOf(name).does} | ${kindOf(name).needs} |`))
})

test('a channel has one provider, and its settings are checked where they stand', () => {
  const webhook = { url: 'https://hooks.example.com' }
  expect(channelProblem({ sms: { webhook } })).toBeNull()
  const names = providerNames.map(name => `'${name}'`)
  const must = `must have one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  expect(channelProblem({ sms: {} })).toEqual({ at: '.sms', must })
  expect(channelProblem({ sms: { webhook, file: { path: 'a' } } })).toEqual({ at: '.sms', must })
  expect(channelProblem({ sms: { webhook: {} } })).toEqual({
    at: '.sms.webhook',
    must: "must have required property 'url'",
  })
  expect(channelProblem({ sms: { webhook: { ...webhook, verb: 'PUT' } } })).toEqual({
    at: '.sms.webhook',
    must: "has no 'verb'",
  })
})

test('secrets and query strings are never shown, and where a secret is kept is', () => {
  const kept = { env: 'SMTP_PASSWORD' }
  const smtp = { host: 'mail.example.com', port: 587, from: 'shop@example.com', addresses: 'addresses.json' }
  expect(
    maskedChannels({
      sms: {
        webhook: {
          url: 'https://hooks.example.com/sms?key=123',
          headers: { authorization: 'Bearer 123', other: kept },
        },
        triesMax: 3,
      },
      email: { smtp: { ...smtp, password: '123' } },
      push: { smtp: { ...smtp, password: kept } },
    }),
  ).toEqual({
    sms: {
      webhook: { url: 'https://hooks.example.com/sms?***', headers: { authorization: '***', other: kept } },
      triesMax: 3,
    },
    email: { smtp: { ...smtp, password: '***' } },
    push: { smtp: { ...smtp, password: kept } },
  })
})

test('the compiler names what a kind of provider lacks, and knows its settings by its fields', () => {
  const fields = { number: text, token: optional(secret) }
  const does = 'sends a fax'
  const needs = 'a number'
  // @ts-expect-error: Property 'open' is missing
  providerKind({ fields, does, needs })
  // @ts-expect-error: Property 'needs' is missing
  providerKind({ fields, does, open: () => expect.unreachable() })
  // @ts-expect-error: Property 'nummer' does not exist
  providerKind({ fields, does, needs, open: ({ nummer }) => expect.unreachable(nummer) })
  // @ts-expect-error: Property 'mask' is missing
  providerKind({ fields: { number: { schema: {}, isOptional: false } }, does, needs, open: () => expect.unreachable() })
  providerKind({ fields, does, needs, open: ({ number, token }) => expect.unreachable(`${number}${token}`) })
})

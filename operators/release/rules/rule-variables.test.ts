import { expect, test } from 'vitest'
import type { LedgerContact } from '../../../schemas/generated.ts'
import { days, hours } from '../../../schemas/record.ts'
import { pruned } from '../../contact-policy/retention.ts'
import { consented, contact } from '../../contact-policy/test/household.ts'
import { ledger } from '../../deciding/fatigue-ledger.ts'
import { releaseRow } from '../../test/fixtures.ts'
import type { Release } from '../release.ts'
import { type FixedPart, type RuleContext, type RuleVariable, ruleVariables } from './rule-variables.ts'

const noon = Date.UTC(2017, 4, 3, 12)
type Values = { readonly [P in FixedPart]: Readonly<Record<keyof (typeof ruleVariables)[P], number | string | null>> }

function served(contacts: readonly LedgerContact[], parts: Parameters<typeof consented>[3]): Values {
  const { request, locale } = consented('d', noon, {}, parts)
  const context: RuleContext = { request, locale, country: 'IN', contacts, points: 1.5, now: noon }
  const valuesOf = (part: Readonly<Record<string, RuleVariable>>) =>
    Object.fromEntries(Object.entries(part).map(([name, { serve }]) => [name, serve(context)]))
  return Object.fromEntries(Object.entries(ruleVariables).map(([name, part]) => [name, valuesOf(part)])) as Values
}

test('variables are served from the request, the ledger and the wall clock of the person', () => {
  const contacts = [
    contact({ decisionId: 'a', at: noon - days(8) }),
    contact({ decisionId: 'b', at: noon - days(1) }),
    contact({ decisionId: 'c', at: noon - hours(12) }),
    contact({ decisionId: 'd', at: noon - hours(1), state: 'imported' }),
  ]
  const trigger = {
    origin: { topic: '', partition: 0, offset: 0 },
    source: '',
    begunBy: '',
    eventId: '',
    type: 'journeys',
    deferred: [],
  }
  const request = { event: null, trigger: { ...trigger, journey: 'cart', stage: 'remind' } }
  const parts = { request, locale: { timeZone: 'America/New_York' } }
  expect(served(contacts, parts)).toEqual({
    ledger: { contacts_24h: 1, contacts_7d: 2, contacts_30d: 3, days_since_contact: 0.5, points_used: 1.5 },
    person: { jurisdiction: 'US', time_zone: 'America/New_York' },
    context: {
      trigger: 'timer',
      event_age_days: null,
      hour: 8,
      weekday: 3,
      month: 5,
      journey: 'cart',
      stage: 'remind',
    },
  } satisfies Values)
})

test('without a contact and a zone, the latest contact was a hundred years ago and the clock is that of the country', () => {
  expect(served([], { locale: { timeZone: null } })).toEqual({
    ledger: { contacts_24h: 0, contacts_7d: 0, contacts_30d: 0, days_since_contact: 36_500, points_used: 1.5 },
    person: { jurisdiction: 'US', time_zone: '' },
    context: { trigger: 'event', event_age_days: 0, hour: 17, weekday: 3, month: 5, journey: '', stage: '' },
  } satisfies Values)
})

test('a variable reaches no further back than the ledger keeps contacts; only the days since the latest may grow to a hundred years', () => {
  const release: Release = JSON.parse(releaseRow({ caps: [], budget: null }).document)
  const ledgerOf = (contacts: readonly LedgerContact[]) => served(contacts, {}).ledger
  for (const age of [0.5, 6, 29, 31, 33, 60, 89, 364, 3000]) {
    const contacts = [contact({ decisionId: 'a', at: noon - days(age) })]
    const kept = pruned({ ...ledger.empty, contacts }, release, noon).contacts
    const { days_since_contact } = ledgerOf(kept)
    expect(ledgerOf(kept)).toEqual({ ...ledgerOf(contacts), days_since_contact })
    expect([age, 36_500]).toContain(days_since_contact)
  }
})

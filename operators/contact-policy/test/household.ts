import type {
  DeadLetter,
  Decision,
  LedgerContact,
  LedgerOutcome,
  LedgerRow,
  PersonReceipt,
  Reward,
  Send,
} from '../../../schemas/generated.ts'
import type { Time } from '../../../schemas/record.ts'
import { person } from '../../../state/person.ts'
import { scopesOf } from '../../consent/consent-scopes.ts'
import { consents } from '../../deciding/consent-join.ts'
import { fatigueLedger, ledger } from '../../deciding/fatigue-ledger.ts'
import { policyFilter } from '../../deciding/policy-filter.ts'
import { scoreAndArbitrate } from '../../deciding/score-and-arbitrate.ts'
import { compiled } from '../../release/compiled/compiled-release.ts'
import type { Cap, Release } from '../../release/release.ts'
import type { ConsentedRequest, DecisionRequest, FilteredRequest, PersonLocale } from '../../request.ts'
import { emptyReads, frozen, personEvent, recordOf, releaseRow, versions } from '../../test/fixtures.ts'

/** For tests: a cap on all contacts, with the test's changes. */
export const cap = (parts: Partial<Cap> & Pick<Cap, 'id' | 'max' | 'windowMs'>): Cap => ({
  purpose: null,
  channel: null,
  tag: null,
  group: null,
  placement: null,
  per: null,
  countsImported: false,
  exempt: [],
  countsExempt: true,
  ...parts,
})

/** For tests: a contact of action `offer` by e-mail, with the test's changes. */
export const contact = (parts: Partial<LedgerContact> & Pick<LedgerContact, 'decisionId' | 'at'>): LedgerContact => ({
  actionId: 'offer',
  treatmentId: 'email',
  group: '',
  channel: 'email',
  purpose: 'marketing',
  tags: [],
  placement: '',
  points: 0,
  state: 'reserved',
  until: null,
  personId: 'p',
  journey: '',
  cancelled: false,
  ...parts,
})

/** For tests: an outcome of action `offer`, with the test's changes. */
export const outcome = (parts: Partial<LedgerOutcome> & Pick<LedgerOutcome, 'id' | 'at'>): LedgerOutcome => ({
  decisionId: 'd',
  actionId: 'offer',
  group: '',
  purpose: 'marketing',
  kind: 'ignored',
  ...parts,
})

/** For tests: the parts of a request that a test may set. */
export interface RequestParts {
  readonly request?: Partial<DecisionRequest>
  readonly locale?: Partial<PersonLocale>
  readonly consent?: ConsentedRequest['consent']
}

/** For tests: the request of a page view. Without a given consent everything is allowed. */
export function consented(
  decisionId: string,
  at: Time,
  release: Partial<Release>,
  parts: RequestParts = {},
): ConsentedRequest {
  const origin = { topic: 'events', partition: 0, offset: 0 }
  return {
    request: {
      decisionId,
      trigger: {
        origin,
        source: '',
        begunBy: '',
        eventId: decisionId,
        type: 'page_viewed',
        journey: '',
        stage: '',
        deferred: [],
      },
      occurredAt: at,
      event: personEvent('page_viewed', { url: '/' }, { eventId: decisionId, occurredAt: at }),
      canWait: true,
      ...parts.request,
    },
    locale: { jurisdiction: 'US', timeZone: 'UTC', timeZoneSource: 'release', ...parts.locale },
    consent:
      parts.consent ??
      scopesOf(compiled(releaseRow(release))!).map(scope => ({
        ...scope,
        state: 'granted',
        allowed: true,
        lawfulBasis: 'consent',
        records: [],
      })),
  }
}

const arbiter = scoreAndArbitrate({ topologyVersion: 'test' })

/** For tests: one person whose requests and receipts run through the real operators, from filter to ledger. */
export class Household {
  row: LedgerRow = ledger.empty
  readonly decisions: Decision[] = []
  readonly sends: Send[] = []
  readonly rewards: Reward[] = []
  readonly letters: DeadLetter[] = []
  readonly #parts: Partial<Release>

  constructor(parts: Partial<Release>) {
    this.#parts = { triggers: ['page_viewed'], ...parts }
  }

  /** Runs the request through the policy filter. */
  filter(decisionId: string, at: Time, parts: RequestParts = {}): FilteredRequest {
    const reads = { ...emptyReads(policyFilter.reads!), release: releaseRow(this.#parts), ledger: this.row }
    const request = consented(decisionId, at, this.#parts, parts)
    return policyFilter.on.request(recordOf(frozen({ ...request, experiments: [] }), at), undefined, frozen(reads))
      .emit![0]!
  }

  /** Decides the request and books the decision. */
  ask(decisionId: string, at: Time, parts: RequestParts = {}): Decision {
    const reads = { release: releaseRow(this.#parts), person: person.empty }
    const filtered = this.filter(decisionId, at, parts)
    const decided = arbiter.on.request(recordOf(frozen(filtered), at), undefined, frozen(reads)).emit![0]!
    this.#take(fatigueLedger.on.decision(recordOf(frozen(decided), at), frozen(this.row), this.#reads()))
    return this.decisions.at(-1)!
  }

  receipt(decisionId: string, kind: PersonReceipt['kind'], at: Time, receiptId = `${decisionId}-${kind}-${at}`): void {
    const origin = { topic: 'receipts', partition: 0, offset: 0 }
    const about = { receiptId, source: '', decisionId, kind, value: 1, occurredAt: at, origin }
    const receipt: PersonReceipt = { personId: 'p', ...about }
    this.#take(fatigueLedger.on.receipt(recordOf(frozen(receipt), at), frozen(this.row), this.#reads()))
  }

  event(event: ReturnType<typeof personEvent>, at: Time): void {
    this.#take(fatigueLedger.on.event(recordOf(event, at), frozen(this.row), this.#reads()))
  }

  #reads() {
    return frozen({ release: releaseRow(this.#parts), consents: consents.empty, versions })
  }

  #take({ row, emit = [] }: ReturnType<typeof fatigueLedger.on.decision>): void {
    if (row) this.row = row
    for (const { to, value } of emit) {
      if (to === 'decision') this.decisions.push(value)
      if (to === 'send') this.sends.push(value)
      if (to === 'reward') this.rewards.push(value)
      if (to === 'unknown') this.letters.push(value)
    }
  }
}

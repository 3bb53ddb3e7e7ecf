import {
  IdentifierRow,
  Linked,
  Merge,
  Observed,
  PersonEvent,
  type ReleaseRow,
  type Token,
} from '../../schemas/generated.ts'
import { table } from '../../state/table.ts'
import { identityRules } from '../deciding/active-release.ts'
import { type IdentifierRules, identifierRules, oncePerRelease } from '../identity/identifier-rules.ts'
import { foldedToken, personOf, tokens } from '../identity/tokens.ts'
import { operator, to } from '../operator.ts'
import type { ValidationError } from '../validation-error.ts'
import { foldValue } from '../words/identifier-folding.ts'

/** The person to which each identifier belongs. */
export const identifiers = table<IdentifierRow>('identifiers', { schema: IdentifierRow, empty: { personId: '' } })

/** Finds the person of an event, and links the event's other identifiers to that person (docs/protocol.md, "Identity", 1 and 2). */
export const identityStitching = ({ secret }: { readonly secret: string }) => {
  const usable = usableTokens(secret)
  return operator({
    name: 'identity-stitching',
    input: { observed: Observed, linked: Linked },
    output: { event: PersonEvent, observed: Observed, linked: Linked, merge: Merge },
    writes: identifiers,
    reads: { rules: identityRules },
    on: {
      observed({ value, receivedAt }, row, { rules }) {
        const found = usable(value.tokens, rules)
        if ('reason' in found) return { reject: found }
        const { key, others, unknown } = found
        if (key.token !== value.tokens[0]!.token)
          return {
            emit: [to('observed', { ...value, tokens: [key, ...others, ...unknown], identifiedBy: allTokens(value) })],
          }
        const personId = row.personId || personOf(key.token)
        const all = allTokens(value)
        const identifiedBy = isNamedBy(personId, all) ? '' : all
        // PERF: written out field by field; a rest copy of the value costs more than everything else here.
        const { eventId, type, occurredAt, source, origin, payload, schema } = value
        const event = { personId, eventId, type, occurredAt, source, origin, payload, identifiedBy, schema }
        if (others.length === 0) {
          const emit = [to('event', event)]
          return row.personId === '' ? { row: { personId }, emit } : { emit }
        }
        const edge = { from: key.token, eventId: value.eventId, at: receivedAt }
        const links = others.map(({ type, token }) =>
          to('linked', { token: { type, token, folded: '', phone: '' }, personId, edge: { ...edge, to: token } }),
        )
        return { ...initialRow(row, personId), emit: [to('event', event), ...links] }
      },
      linked({ value: { token, personId, edge } }, row) {
        const own = row.personId || personOf(token.token)
        // Both may be the same person, which then records the evidence.
        const [winner, loser] = own < personId ? [own, personId] : [personId, own]
        return { ...initialRow(row, own), emit: [to('merge', { personId: loser, other: winner, edge })] }
      },
    },
  })
}

/** Lists the tokens of all identifiers as the producer gave them. No release changes them, so an id can be made of them. */
const allTokens = ({ tokens, identifiedBy }: Observed): string =>
  identifiedBy || (tokens.length === 1 ? tokens[0]!.token : tokens.map(({ token }) => token).join(' '))

/** Whether a person's id is `p.` and this token. PERF: makes no text, as `personOf` would. */
const isNamedBy = (personId: string, token: string): boolean =>
  personId.length === token.length + 2 && personId.endsWith(token)

const initialRow = (row: IdentifierRow, personId: string) => (row.personId === '' ? { row: { personId } } : {})

/** The usable identifiers of an event. */
interface Usable {
  readonly key: Token
  /** By priority. */
  readonly others: readonly Token[]
  /** Identifiers of types that this partition's release does not know; another partition's release may know them. */
  readonly unknown: readonly Token[]
}

function usableTokens(secret: string): (given: readonly Token[], rules: ReleaseRow) => Usable | ValidationError {
  const blockedIn = oncePerRelease(row => blockedTokens(secret, identifierRules(row)!))
  return (written, rules) => {
    const blocked = blockedIn(rules)
    const foldings = identifierRules(rules)?.foldings
    const given = foldings ? written.map(one => foldedToken(one, foldings.get(one.type))) : written
    const rank = identifierRules(rules)?.rank
    const isNamed = ({ token, folded }: Token): boolean => !blocked?.has(folded || token)
    // PERF: most events have one identifier.
    const [first] = given
    if (given.length === 1 && isNamed(first!) && rank?.has(first!.type) !== false)
      return { key: first!, others: [], unknown: [] }
    const named = unique(given).filter(isNamed)
    if (named.length === 0) return { reason: 'only-blocked-identifiers', detail: 'all identifiers name nobody' }
    if (!rank) return { key: named[0]!, others: named.slice(1), unknown: [] }
    const known = named.filter(({ type }) => rank.has(type)).sort((a, b) => rank.get(a.type)! - rank.get(b.type)!)
    const [key, ...others] = known
    if (!key) return { reason: 'unknown-identifier-type', detail: 'the release knows no type of these identifiers' }
    return { key, others, unknown: named.filter(({ type }) => !rank.has(type)) }
  }
}

/** Only tokens are available here, so blocked values are lower-cased, tokenised, and matched by token. */
function blockedTokens(secret: string, { types, blocked }: IdentifierRules): ReadonlySet<string> {
  const token = tokens(secret)
  const values = blocked.map(foldValue)
  return new Set(
    types.flatMap(({ type }) =>
      values.flatMap(value => {
        const { token: own, phone } = token({ type, value })
        return phone === '' ? [own] : [own, phone]
      }),
    ),
  )
}

const unique = (given: readonly Token[]): readonly Token[] =>
  given.filter(({ token }, index) => given.findIndex(other => other.token === token) === index)

import type {
  FeatureValue,
  NetworkIncident,
  PriceChanged,
  ReferenceChange,
  ReferenceSet,
  ReferenceUpdate,
  StockChanged,
} from '../../schemas/generated.ts'
import type { LogPosition, Time } from '../../schemas/record.ts'
import { isReferenceType, referenceTypes } from '../../schemas/reference-data.ts'
import type { Flaw } from '../flaw.ts'
import { compareText } from '../lists/compare.ts'
import { idFlaw, numberFlaw, timeFlaw } from './admission-checks.ts'

const attributesMax = 64
const textLengthMax = 1024
const keyForm = /^[a-z][a-z0-9_]*\/.{1,200}$/su
const attributeName = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

const flaw = (reason: string, detail: string): Flaw => ({ reason, detail })

/** Why a change of reference data can't be taken; null when it can. */
export function referenceFlaw(change: ReferenceChange, receivedAt: Time): Flaw | null {
  const { changeId, type, occurredAt } = change
  const bad = idFlaw('change', changeId)
  if (bad) return bad
  if (!isReferenceType(type)) return flaw('unknown-type', 'the type of change is not known here')
  if (!(referenceTypes[type].name in change.data)) return flaw('type-mismatch', `the data is not of the type ${type}`)
  const { key, attributes } = said(change)
  if (!keyForm.test(key)) return flaw('bad-reference-key', 'the key is not of the form kind/id')
  return timeFlaw(occurredAt, receivedAt) ?? numberFlaw(change.data) ?? attributesFlaw(attributes)
}

function attributesFlaw(attributes: readonly FeatureValue[]): Flaw | null {
  if (attributes.length > attributesMax)
    return flaw('too-many-attributes', `there are more than ${attributesMax} attributes`)
  if (new Set(attributes.map(({ name }) => name)).size < attributes.length)
    return flaw('attribute-twice', 'two attributes have one name')
  for (const [index, { name, number, text }] of attributes.entries()) {
    if (!attributeName.test(name)) return flaw('bad-attribute-name', `the name of attribute ${index} is no name`)
    if ((number === null) === (text === null))
      return flaw('bad-attribute', `attribute ${index} is not either a number or a text`)
    if (text !== null && text.length > textLengthMax)
      return flaw('oversize-attribute', `attribute ${index} has more than ${textLengthMax} characters`)
  }
  return null
}

/** What a change that has no flaw makes known, as it goes to every partition. */
export function referenceUpdate(change: ReferenceChange, origin: LogPosition): ReferenceUpdate {
  const { key, isWhole, attributes } = said(change)
  const sorted = [...attributes].sort((a, b) => compareText(a.name, b.name))
  return { key, isWhole, attributes: sorted, at: change.occurredAt, origin }
}

type Said = Pick<ReferenceUpdate, 'key' | 'isWhole' | 'attributes'>

const number = (name: string, value: number): FeatureValue => ({ name, number: value, text: null })

/** What each type of change says of which thing. */
const readings: Readonly<Record<string, (data: never, at: Time) => Said>> = {
  [referenceTypes.reference_set.name]: ({ key, attributes }: ReferenceSet) => ({ key, isWhole: true, attributes }),
  [referenceTypes.stock_changed.name]: ({ sku, onHand }: StockChanged) => ({
    key: `product/${sku}`,
    isWhole: false,
    attributes: [number('onHand', onHand)],
  }),
  [referenceTypes.price_changed.name]: ({ sku, old, new: price }: PriceChanged) => ({
    key: `product/${sku}`,
    isWhole: false,
    attributes: [number('price', price), number('priceBefore', old)],
  }),
  [referenceTypes.network_incident.name]: ({ cellId, severity }: NetworkIncident, at) => ({
    key: `cell/${cellId}`,
    isWhole: false,
    attributes: [number('severity', severity), number('incidentAt', at)],
  }),
}

function said({ data, occurredAt }: ReferenceChange): Said {
  const [branch, value] = Object.entries(data)[0]!
  return readings[branch]!(value as never, occurredAt)
}

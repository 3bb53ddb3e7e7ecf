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
import { compareText } from '../lists/compare.ts'
import type { ValidationError } from '../validation-error.ts'
import { timeError } from '../words/times.ts'
import { idError, numberError } from './admission-checks.ts'
import { cardNumberError } from './card-numbers.ts'

const attributesMax = 64
const textLengthMax = 1024
const keyForm = /^[a-z][a-z0-9_]*\/.{1,200}$/su
const attributeName = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

const invalid = (reason: string, detail: string): ValidationError => ({ reason, detail })

/** Checks a change of reference data; null when it is valid. */
export function referenceError(change: ReferenceChange, receivedAt: Time): ValidationError | null {
  const { changeId, type, occurredAt } = change
  const error = idError('change', changeId)
  if (error) return error
  if (!isReferenceType(type)) return invalid('unknown-type', 'the type of change is not known here')
  if (!(referenceTypes[type].name in change.data))
    return invalid('type-mismatch', `the data is not of the type ${type}`)
  const { key, attributes } = contentOf(change)
  if (!keyForm.test(key)) return invalid('bad-reference-key', 'the key is not of the form kind/id')
  return (
    timeError('happened', occurredAt, receivedAt) ??
    numberError(change.data) ??
    attributesError(attributes) ??
    cardNumberError(change.data)
  )
}

function attributesError(attributes: readonly FeatureValue[]): ValidationError | null {
  if (attributes.length > attributesMax)
    return invalid('too-many-attributes', `there are more than ${attributesMax} attributes`)
  if (new Set(attributes.map(({ name }) => name)).size < attributes.length)
    return invalid('attribute-twice', 'two attributes have one name')
  for (const [index, { name, number, text }] of attributes.entries()) {
    if (!attributeName.test(name)) return invalid('bad-attribute-name', `the name of attribute ${index} is no name`)
    if ((number === null) === (text === null))
      return invalid('bad-attribute', `attribute ${index} is not either a number or a text`)
    if (text !== null && text.length > textLengthMax)
      return invalid('oversize-attribute', `attribute ${index} has more than ${textLengthMax} characters`)
  }
  return null
}

/** Makes the update that a valid change sends to every partition. */
export function referenceUpdate(change: ReferenceChange, origin: LogPosition): ReferenceUpdate {
  const { key, isWhole, attributes } = contentOf(change)
  const sorted = [...attributes].sort((a, b) => compareText(a.name, b.name))
  return { key, isWhole, attributes: sorted, at: change.occurredAt, origin }
}

type ReferenceContent = Pick<ReferenceUpdate, 'key' | 'isWhole' | 'attributes'>

const number = (name: string, value: number): FeatureValue => ({ name, number: value, text: null })

/** Reads the key and attributes from each type of change. */
const contentsByType: Readonly<Record<string, (data: never, at: Time) => ReferenceContent>> = {
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

function contentOf({ data, occurredAt }: ReferenceChange): ReferenceContent {
  const [branch, value] = Object.entries(data)[0]!
  return contentsByType[branch]!(value as never, occurredAt)
}

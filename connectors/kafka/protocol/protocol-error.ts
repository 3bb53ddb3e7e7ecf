import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'

const require = createRequire(import.meta.url)

const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error
}

/** Error codes that kafkajs has no name for. */
const newerErrors: ReadonlyMap<number, string> = new Map([
  [90, 'PRODUCER_FENCED'],
  [120, 'TRANSACTION_ABORTABLE'],
])

/** Makes the error that kafkajs would throw for an error code. */
export function protocolError(code: number): Error {
  const type = newerErrors.get(code)
  if (type === undefined) return createErrorFromCode(code)
  return new kafkajs.KafkaJSProtocolError({ type, code, retriable: false, message: `The broker says ${type}` } as never)
}

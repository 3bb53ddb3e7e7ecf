import type { ConnectionOptions } from 'node:tls'
import kafkajs, { type Kafka } from 'kafkajs'
import { ConnectorError } from '../../topology/ports.ts'

/** How to reach a broker. What is secret in it is never logged. */
export interface KafkaConnection {
  readonly brokers: readonly string[]
  /** Names us in the broker's logs. */
  readonly clientId: string
  /** In front of the names of all topics on the broker; whoever uses them does not see it. */
  readonly prefix?: string
  readonly tls?: boolean | ConnectionOptions
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
}

/** A client that keeps quiet: whoever uses it says what went wrong. */
export const kafkaClient = ({ brokers, clientId, tls, sasl }: KafkaConnection): Kafka =>
  new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 3000,
    // All of it: where NODE_ENV is "test" kafkajs has other ways of its own.
    retry: { retries: 5, initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 2000 },
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl: sasl as never }),
  })

/** Runs an exchange with the broker; what fails is a ConnectorError with this code. */
export async function kafkaAttempt<T>(code: string, doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof ConnectorError || !(error instanceof kafkajs.KafkaJSError)) throw error
    throw new ConnectorError(code, `${doing}: ${error.message}`, { retryable: error.retriable, cause: error })
  }
}

import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import kafkajs, { type ISocketFactoryArgs, type Kafka } from 'kafkajs'
import { ConnectorError } from '../../topology/log/log.ts'

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

/**
 * A client that keeps quiet: whoever uses it says what went wrong. Once `over` is aborted it has no connection any more, and
 * opens none: what it was still trying would keep a process that ends.
 */
export const kafkaClient = ({ brokers, clientId, tls, sasl }: KafkaConnection, over?: AbortSignal): Kafka => {
  const open = new Set<Socket>()
  // Not by the signal of the socket: one that has ended both ways, without kafkajs having heard of it, would be left.
  over?.addEventListener('abort', () => {
    for (const socket of open) socket.destroy(new Error('closed'))
  })
  return new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 3000,
    socketFactory: args => {
      const socket = promptSocket(args)
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      if (over?.aborted) socket.destroy(new Error('closed'))
      return socket
    },
    // All of it: where NODE_ENV is "test" kafkajs has other ways of its own.
    retry: { retries: 5, initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 2000 },
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl: sasl as never }),
  })
}

/** As kafkajs opens it, but what is written goes out at once: a small request would wait for the answer to the one before. */
function promptSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  const name = isIP(host) ? {} : { servername: host }
  const socket = ssl ? connectTls({ host, port, ...name, ...ssl }, onConnect) : connect({ host, port }, onConnect)
  return socket.setKeepAlive(true, keepAliveMs).setNoDelay(true)
}

const keepAliveMs = 60_000

/** Runs an exchange with the broker; what fails is a ConnectorError with this code. */
export async function kafkaAttempt<T>(code: string, doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof ConnectorError || !(error instanceof kafkajs.KafkaJSError)) throw error
    throw new ConnectorError(code, `${doing}: ${error.message}`, { retryable: error.retriable, cause: error })
  }
}

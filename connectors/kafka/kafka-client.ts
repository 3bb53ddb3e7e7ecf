import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import kafkajs, { type ISocketFactoryArgs, type Kafka } from 'kafkajs'
import { ConnectorError } from '../../topology/log/log.ts'

/** How to reach a broker. Its secrets are never logged. */
export interface KafkaConnection {
  readonly brokers: readonly string[]
  /** Names this client in the broker's logs. */
  readonly clientId: string
  /** Prefix of all topic names on the broker. Callers use names without it. */
  readonly prefix?: string
  /** The topics that are not ours: they have no prefix, and are never created or changed. */
  readonly foreign?: ReadonlySet<string>
  readonly tls?: boolean | ConnectionOptions
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
}

/**
 * Makes a client that logs nothing, because its callers report errors. Once `over` is aborted it closes its connections and
 * opens no more, since a pending connection would keep the process alive.
 */
export const kafkaClient = ({ brokers, clientId, tls, sasl }: KafkaConnection, over?: AbortSignal): Kafka => {
  const open = new Set<Socket>()
  // The socket's own `signal` option would miss a socket that has ended both ways without kafkajs having noticed.
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
    // Every option is given, because kafkajs has other defaults when NODE_ENV is "test".
    retry: { retries: 5, initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 2000 },
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl: sasl as never }),
  })
}

/** Opens a socket as kafkajs does, but sends at once: otherwise a small request would wait for the previous answer. */
function promptSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  const name = isIP(host) ? {} : { servername: host }
  const socket = ssl ? connectTls({ host, port, ...name, ...ssl }, onConnect) : connect({ host, port }, onConnect)
  return socket.setKeepAlive(true, keepAliveMs).setNoDelay(true)
}

const keepAliveMs = 60_000

/** Runs an exchange with the broker. Throws a ConnectorError with this code when it fails. */
export async function kafkaExchange<T>(code: string, doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof ConnectorError || !(error instanceof kafkajs.KafkaJSError)) throw error
    throw new ConnectorError(code, `${doing}: ${error.message}`, { retryable: error.retriable, cause: error })
  }
}

import type * as Testcontainers from 'testcontainers'

/** A container engine that answers, with the library that runs containers on it. */
export interface ContainerEngine {
  readonly library: typeof Testcontainers
  readonly client: Testcontainers.ContainerRuntimeClient
  /** The host on which the ports of its containers can be reached. */
  readonly host: string
}

/** The reason why no container can be started here. */
export interface NoContainers {
  readonly lacks: string
}

/** An engine that is there answers much sooner; one behind a firewall that drops packets never does. */
const answerWithinMs = 5000

/**
 * Finds the container engine of this machine: Docker, or another that speaks its protocol, wherever Testcontainers looks
 * for one. The library is an optional peer of this package, because only development needs containers.
 */
export async function findContainerEngine(): Promise<ContainerEngine | NoContainers> {
  let library: typeof Testcontainers
  try {
    library = await import('testcontainers')
  } catch {
    return { lacks: 'the package testcontainers is not installed' }
  }
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<null>(resolve => {
    timer = setTimeout(resolve, answerWithinMs, null)
  })
  try {
    const client = await Promise.race([library.getContainerRuntimeClient(), tooLate])
    return client ? { library, client, host: client.info.containerRuntime.host } : noAnswer
  } catch {
    return noAnswer
  } finally {
    clearTimeout(timer)
  }
}

const noAnswer: NoContainers = { lacks: 'no Docker engine answers' }

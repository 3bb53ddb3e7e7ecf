import { once } from 'node:events'
import { createServer } from 'node:net'

/** Finds a port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  return port!
}

/** Finds so many different ports that were free a moment ago: one after the other, the system may give the same one twice. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  for (const server of servers) server.close()
  await Promise.all(servers.map(server => once(server, 'close')))
  return ports
}

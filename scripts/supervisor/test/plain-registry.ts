import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Starts a registry that speaks as much of Confluent's protocol as a client needs, and takes every schema. */
export async function startPlainRegistry(): Promise<{ readonly url: string; stop(): void }> {
  const schemas: string[] = []
  const subjects = new Map<string, number[]>()
  const idOf = (schema: string): number => {
    if (!schemas.includes(schema)) schemas.push(schema)
    return schemas.indexOf(schema) + 1
  }
  const answerTo = (path: readonly string[], body: { readonly schema?: string }): unknown => {
    const [what, name = '', , version] = path
    const versions = subjects.get(name) ?? []
    if (what === 'schemas') return schemas[Number(version ?? path[2]) - 1] && { schema: schemas[Number(path[2]) - 1] }
    if (what !== 'subjects') return { compatibility: 'BACKWARD' }
    if (path[2] === 'versions' && body.schema !== undefined) {
      const id = idOf(body.schema)
      if (!versions.includes(id)) subjects.set(name, [...versions, id])
      return { id }
    }
    const id = path[2] === 'versions' ? versions.at(-1) : versions.find(one => schemas[one - 1] === body.schema)
    return id === undefined
      ? undefined
      : { subject: name, version: versions.indexOf(id) + 1, id, schema: schemas[id - 1] }
  }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const path = request.url!.split('?')[0]!.split('/').slice(1).map(decodeURIComponent)
    const isUnset = path[0] === 'config' && request.method === 'GET'
    const answer = isUnset ? undefined : answerTo(path, text === '' ? {} : JSON.parse(text))
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { error_code: 40401, message: 'not found' }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => void server.close() }
}

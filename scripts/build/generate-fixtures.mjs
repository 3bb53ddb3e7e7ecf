// Keeps one written value for every version that any record schema has had, in schemas/test/fixtures/. Files are added and
// never changed, because a record that was once written must stay readable for ever. `npm run generate`

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import avro from 'avsc'
import { schemas } from './generate-types.mjs'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'schemas', 'test', 'fixtures')

const registry = {}
const types = schemas().ordered.map(schema => avro.Type.forSchema(schema, { registry }))
mkdirSync(folder, { recursive: true })
for (const type of types.filter(type => type.typeName === 'record')) {
  const json = JSON.stringify(type.schema({ exportAttrs: true }))
  const file = join(folder, `${type.name.replace(/^joai\./, '')}-${fingerprint(json)}.json`)
  if (existsSync(file)) continue
  const value = type.random()
  const kept = { schema: type.schema({ exportAttrs: true }), value: type.toString(value), bytes: base64(type, value) }
  writeFileSync(file, `${JSON.stringify(kept)}\n`)
}

function base64(type, value) {
  return type.toBuffer(value).toString('base64')
}

/** Repeats the fingerprint of schemas/codec/schema.ts; the test of the fixtures compares both. */
function fingerprint(text) {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash & 0x7fffffff
}

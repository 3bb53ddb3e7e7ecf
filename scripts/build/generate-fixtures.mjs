// Keeps one written value for every version that any record schema has had, in schemas/test/fixtures/. Files are added and
// never changed, because a record that was once written must stay readable for ever. `npm run generate`

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import avro from 'avsc'
import { schemas } from './generate-types.mjs'
import { schemaId } from './schema-id.mjs'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'schemas', 'test', 'fixtures')

/** Has a value of each kind, and ends: what is drawn at random for a type within itself may not. */
class OpenFields extends avro.types.ArrayType {
  random() {
    const field = (name, value) => ({ name, value })
    const inner = { fields: [field('price', { double: 20.5 }), field('sold', { boolean: true })] }
    const list = { array: [{ string: 'x' }, { long: 7 }, { 'joai.OpenData': inner }, null] }
    const simple = [field('none', null), field('count', { long: 3 }), field('text', { string: 'é' })]
    return [...simple, field('record', { 'joai.OpenData': inner }), field('list', list)]
  }
}
const typeHook = (schema, options) =>
  schema.type === 'array' && schema.items?.name === 'OpenField' ? new OpenFields(schema, options) : undefined

const registry = {}
const types = schemas().ordered.map(schema => avro.Type.forSchema(schema, { registry, typeHook }))
mkdirSync(folder, { recursive: true })
for (const type of types.filter(type => type.typeName === 'record')) {
  const id = schemaId(type.schema({ exportAttrs: true }))
  const file = join(folder, `${type.name.replace(/^joai\./, '')}-${id}.json`)
  if (existsSync(file)) continue
  const value = type.random()
  const kept = { schema: type.schema({ exportAttrs: true }), value: type.toString(value), bytes: base64(type, value) }
  writeFileSync(file, `${JSON.stringify(kept)}\n`)
}

function base64(type, value) {
  return type.toBuffer(value).toString('base64')
}

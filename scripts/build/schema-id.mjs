// Identifies schemas as schemas/codec/schema.ts does; the test of the fixtures compares both.

/** Computes the id of a schema, given as avsc exports it: a hash of its text without docs. */
export const schemaId = schema => fingerprint(JSON.stringify(withoutDocs(schema)))

/** Copies a schema without its docs. Defaults are values, and stay as they are. */
export function withoutDocs(part) {
  if (Array.isArray(part)) return part.map(withoutDocs)
  if (part === null || typeof part !== 'object') return part
  const kept = Object.entries(part).filter(([key]) => key !== 'doc')
  return Object.fromEntries(kept.map(([key, value]) => [key, key === 'default' ? value : withoutDocs(value)]))
}

function fingerprint(text) {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash & 0x7fffffff
}

import { foldWord } from '../../schemas/words.ts'

const name = /^[a-z][a-z0-9_-]{0,63}$/

/** Finds the type of identifier that a text names, in small letters; null where it is no name. */
export function identifierTypeOf(text: string): string | null {
  // PERF: nearly every type is spelt so already.
  if (name.test(text)) return text
  const folded = foldWord(text)
  return name.test(folded) ? folded : null
}

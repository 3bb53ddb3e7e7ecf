/** The fewest different characters of a secret that nobody guesses. A random secret of 16 hex digits has 10 on average. */
const charactersMin = 7

/** Secrets that documents, examples and tests show to everybody, in lower case. */
const published: ReadonlySet<string> = new Set([
  'joai-replay-and-demo',
  'the-secret-that-makes-tokens',
  'of-an-example-only',
])

/** Words that make a secret guessable when little else is in it. */
const guessable =
  /change[-_ ]?me|password|passwort|secret|example|default|admin|joai|test|qwerty|letmein|12345\d*|abcdef\w?/gi

/**
 * Returns why a secret would not keep identifiers secret, or null where nothing speaks against it. Whoever guesses it can
 * compute the token of every customer.
 */
export function weaknessOf(secret: string): string | null {
  if (published.has(secret.trim().toLowerCase())) return 'it is published in the documentation'
  if (new Set(secret).size < charactersMin) return `it has fewer than ${charactersMin} different characters`
  if (isRepeated(secret)) return 'it repeats a short text'
  if (isSequence(secret)) return 'its characters follow each other in order'
  if (
    new Set(
      secret
        .toLowerCase()
        .replace(guessable, '')
        .replace(/[^\p{L}\p{N}]/gu, ''),
    ).size < charactersMin
  )
    return 'it is made of words that are guessed first'
  return null
}

/** Whether a text of at most a third of the length makes up the whole. */
function isRepeated(text: string): boolean {
  for (let length = 1; length <= text.length / 3; length++)
    if (
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .startsWith(text)
    )
      return true
  return false
}

/** Whether three quarters of the characters are one more, or one less, than the character before. */
function isSequence(text: string): boolean {
  for (const step of [1, -1]) {
    let steps = 0
    for (let i = 1; i < text.length; i++) if (text.charCodeAt(i) - text.charCodeAt(i - 1) === step) steps++
    if (steps > 0.75 * (text.length - 1)) return true
  }
  return false
}

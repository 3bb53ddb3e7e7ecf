/** A mistake in a release file, with its place and its remedy. */
export interface Problem {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  readonly message: string
  /** The text to write instead. */
  readonly remedy: string
}

/** The keys and indexes that lead from the top of a file to a value. */
export type Path = readonly (string | number)[]

/** Reports a problem with the value at `path`, with its key, or with a character of its text. */
export type Report = (
  path: Path,
  message: string,
  remedy: string,
  where?: { readonly key?: boolean; readonly offset?: number },
) => void

/** Writes the remedy for an unknown name: the nearest known name, or all known names. */
export function insteadOf(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near !== null) return `write '${near}'`
  return known.length === 0 ? 'remove it: there is none to name' : `write one of: ${known.join(', ')}`
}

/** Reports `name` if it is not a known one. */
export function mustBeKnown(report: Report, path: Path, what: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) report(path, `${what} '${name}' is not known`, insteadOf(name, known))
}

/** Reports each name that occurs a second time. `pathOf` gives the path of the nth name. */
export function mustBeUnique(
  report: Report,
  what: string,
  names: readonly string[],
  pathOf: (n: number) => Path,
): void {
  const seen = new Set<string>()
  names.forEach((name, n) => {
    if (seen.has(name)) report(pathOf(n), `${what} '${name}' is there twice`, `rename one, for instance '${name}_2'`)
    seen.add(name)
  })
}

/** Finds the known name that is the fewest edits away, if these are few; otherwise one that begins with the name. */
function nearest(name: string, known: readonly string[]): string | null {
  const scored = known.map(candidate => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
  const best = scored.reduce<(typeof scored)[number] | null>((a, b) => (a === null || b.edits < a.edits ? b : a), null)
  if (best !== null && best.edits <= Math.max(2, Math.floor(name.length / 3))) return best.candidate
  return (name.length > 2 && known.find(candidate => candidate.startsWith(name))) || null
}

/** Counts the edits between two texts (Levenshtein's distance). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

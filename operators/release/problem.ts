/** Something in a release file that must be changed before it can be released. */
export interface Problem {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  readonly message: string
  /** What to write instead. */
  readonly remedy: string
}

/** Keys and indexes from the top of the file down to a value. */
export type Path = readonly (string | number)[]

/** How a check says that something is wrong: with the value at `path`, its key, or a character of its text. */
export type Report = (
  path: Path,
  message: string,
  remedy: string,
  where?: { readonly key?: boolean; readonly offset?: number },
) => void

/** A remedy for a name that is not known: the nearest known one, or all there are. */
export function insteadOf(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near !== null) return `write '${near}'`
  return known.length === 0 ? 'remove it: there is none to name' : `write one of: ${known.join(', ')}`
}

/** Reports `name` when it is none of the known ones. */
export function mustBeKnown(report: Report, path: Path, what: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) report(path, `${what} '${name}' is not known`, insteadOf(name, known))
}

/** Reports each name that was there before. `pathOf` leads to the name of the nth. */
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

/** The fewest edits away, if these are few; else one that begins with the name. */
function nearest(name: string, known: readonly string[]): string | null {
  const scored = known.map(candidate => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
  const best = scored.reduce<(typeof scored)[number] | null>((a, b) => (a === null || b.edits < a.edits ? b : a), null)
  if (best !== null && best.edits <= Math.max(2, Math.floor(name.length / 3))) return best.candidate
  return (name.length > 2 && known.find(candidate => candidate.startsWith(name))) || null
}

/** Levenshtein's distance. */
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

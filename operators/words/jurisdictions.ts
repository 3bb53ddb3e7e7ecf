const code = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/

/** Folds the name of a jurisdiction, in which case and surrounding blanks mean nothing. */
export const foldJurisdiction = (text: string): string => text.trim().toUpperCase()

/** Finds the jurisdiction that a text names: a country (`DE`) or a part of one (`US-CA`), as ISO 3166 has them; null for any other text. */
export function jurisdictionOf(text: string): string | null {
  const folded = foldJurisdiction(text)
  return code.test(folded) ? folded : null
}

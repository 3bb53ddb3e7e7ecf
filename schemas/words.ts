/** The purposes that an action and a consent can have. */
export const purposes = ['service', 'marketing', 'profiling', 'third_party_ads', 'automated_decision'] as const

/** Folds a word of a closed list: surrounding blanks and the case of letters mean nothing. */
export const foldWord = (text: string): string => text.trim().toLowerCase()

/** Finds the word of a closed list that a text spells; null where it spells none. The list is in lower case. */
export function wordIn<W extends string>(words: readonly W[], text: string): W | null {
  // PERF: nearly every text is spelt as the list spells it.
  if ((words as readonly string[]).includes(text)) return text as W
  const folded = foldWord(text)
  return words.find(word => word === folded) ?? null
}

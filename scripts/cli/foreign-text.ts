/**
 * Characters that act on a terminal instead of standing in it: control characters but for tab and line feed, marks that turn
 * the direction of writing, and separators of lines and paragraphs.
 */
const acting = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Escapes what would act on a terminal, as JSON would, so that nothing that a customer or a producer wrote can move the cursor
 * or colour a page. JSON stays the same JSON.
 */
export const visibleText = (text: string): string => text.replace(acting, escaped)

/** Escapes line feeds and tabs as well: the text of others can't add a line to a page. */
export const visibleLine = (text: string): string => visibleText(text).replace(/[\n\t]/g, escaped)

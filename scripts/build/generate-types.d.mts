/** Generates the text of schemas/generated.ts. */
export function generate(): string

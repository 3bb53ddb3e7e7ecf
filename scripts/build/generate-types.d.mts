/** The text of schemas/generated.ts as it should be. */
export function generate(): string

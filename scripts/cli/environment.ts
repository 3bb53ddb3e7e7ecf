/** Reads a variable of the environment; an empty one counts as not set. Nothing else reads the environment. */
export const environment = (name: string): string | undefined => process.env[name] || undefined

/** The one place that reads the environment. */
export const environment = (name: string): string | undefined => process.env[name] || undefined

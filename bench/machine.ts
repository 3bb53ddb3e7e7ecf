import { cpus } from 'node:os'

/** What was measured on, in words. */
export const machine = (): string => `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`

import { cpus } from 'node:os'

/** Describes the machine and the version of Node. */
export const machine = (): string => `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`

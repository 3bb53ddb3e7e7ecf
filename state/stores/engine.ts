import { mkdirSync, realpathSync } from 'node:fs'
import { StoreError } from './store.ts'

const open = new Set<string>()

/**
 * Makes a folder and claims it for one handle; returns how to release it. A second claim in this process is refused
 * before the engine sees it: LevelDB's own refusal would drop the lock that keeps other processes out.
 */
export function claimFolder(directory: string): () => void {
  mkdirSync(directory, { recursive: true })
  const path = realpathSync(directory)
  if (open.has(path)) throw locked(directory)
  open.add(path)
  return () => void open.delete(path)
}

/** Runs a call of an engine; its errors become StoreErrors that name the folder. */
export async function callEngine<T>(directory: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw storeError(directory, error)
  }
}

/** Makes the error for a folder whose bytes are not what was written. */
export const corruptStore = (directory: string, what: string, cause?: unknown): StoreError =>
  new StoreError(
    'store-corrupt',
    `the store in '${directory}' is damaged (${what}); delete the folder, it is rebuilt from the changelog`,
    cause,
  )

const locked = (directory: string, cause?: unknown): StoreError =>
  new StoreError('store-locked', `the store in '${directory}' is in use by another process or handle`, cause)

function storeError(directory: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const text = messages(error)
  // A folder may be called 'lock' or 'corrupt'.
  const withoutFolder = text.replaceAll(directory, '')
  if (/LEVEL_LOCKED|lock hold by|while lock file|already in use/i.test(withoutFolder)) return locked(directory, error)
  if (
    /corrupt|checksum|truncat|mismatch|bad block|missing files|no such file|CURRENT file|\.ldb: invalid argument/i.test(
      withoutFolder,
    )
  )
    return corruptStore(directory, text, error)
  return new StoreError('store-failed', `the store in '${directory}' failed: ${text}`, error)
}

function messages(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '' } = error as { code?: unknown }
  const inner = error instanceof AggregateError ? [...new Set(error.errors.filter(Boolean).map(messages))] : []
  return [`${code}`, error.message, ...inner, ...(error.cause ? [messages(error.cause)] : [])]
    .filter(Boolean)
    .join('; ')
}

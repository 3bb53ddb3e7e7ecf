import { type Store, StoreError } from './store.ts'

/**
 * Opens a store that is opened again after it failed. An engine stays in its error when a write failed, also once the disk has
 * room again, and what it writes behind a torn record would not be read later.
 */
export async function openReopeningStore(open: () => Promise<Store>): Promise<Store> {
  const reopening = new ReopeningStore(open, await open())
  return {
    getMany: keys => reopening.run(store => store.getMany(keys)),
    write: changes => reopening.run(store => store.write(changes)),
    range: range => reopening.run(store => store.range(range)),
    clear: range => reopening.run(store => store.clear(range)),
    close: () => reopening.close(),
  }
}

class ReopeningStore {
  readonly #open: () => Promise<Store>
  /** The store; null while it is closed because it failed. */
  #store: Store | null
  #isFailed = false
  #isClosed = false
  #reopened: Promise<Store> | null = null
  readonly #running = new Set<Promise<unknown>>()

  constructor(open: () => Promise<Store>, store: Store) {
    this.#open = open
    this.#store = store
  }

  async run<T>(call: (store: Store) => Promise<T>): Promise<T> {
    const store = this.#store !== null && !this.#isFailed ? this.#store : await this.#reopen()
    const running = call(store)
    this.#running.add(running)
    try {
      return await running
    } catch (error) {
      // A call that began before the store was opened again says nothing about the new one.
      if (store === this.#store && error instanceof StoreError && error.code === 'store-failed') this.#isFailed = true
      throw error
    } finally {
      this.#running.delete(running)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#reopened?.catch(() => undefined)
    await this.#store?.close()
  }

  #reopen(): Promise<Store> {
    if (this.#isClosed) return Promise.reject(new StoreError('store-failed', 'the store was closed'))
    this.#reopened ??= this.#closeAndOpen().finally(() => {
      this.#reopened = null
    })
    return this.#reopened
  }

  async #closeAndOpen(): Promise<Store> {
    await Promise.allSettled(this.#running)
    const failed = this.#store
    this.#store = null
    // It has failed already; whether it can be opened is what counts.
    await failed?.close().catch(() => undefined)
    const store = await this.#open()
    this.#store = store
    this.#isFailed = false
    return store
  }
}

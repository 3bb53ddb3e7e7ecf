import type { Time } from '../../schemas/record.ts'
import { RowSet } from '../../state/row-set.ts'
import { compareKeys, type Store, type StoreChange } from '../../state/stores/store.ts'
import type { ChangelogEntry } from '../log/log.ts'
import type { Rows } from './rows.ts'
import { StoreKeys } from './store-keys.ts'

/** What a key's rows were before the unit of work that is being tried. */
interface Noted {
  /** Puts them back. */
  readonly putBack: () => void
  readonly isDirty: boolean
}

/** Holds the rows of one key in memory. */
class CachedRows extends RowSet {
  /** The due time under which the store's index of timers holds this key; null if it does not. */
  indexed = this.earliestDue
  /** The number of the last prefetch that asked for this key. */
  batch = 0
  /** True if the key was asked for again since it was loaded, or since the cache last spared it. */
  isUsed = false
  /** True if a row changed since the last commit. */
  isDirty = false
  /** The due time that `takeMovedTimer` told last, or that the store's index had when the rows were loaded. */
  toldDue = this.earliestDue
}

/** The key of the rows that belong to the partition as a whole. The keys of shared rows begin with it. */
export const partitionKey = '\u0000'
/** The number of entries that are read from the store at a time when all are needed. */
const pageMax = 1000

/** Keeps the rows of one task: rows in memory, which are changed or cached, over those in the store. */
export class RowCache implements Rows {
  readonly #store: Store
  readonly #keys: StoreKeys
  readonly #cacheMax: number
  readonly #inMemory = new Map<string, CachedRows>()
  /** The partition's own rows and the shared rows. They stay in memory as long as the task is open. */
  readonly #pinned = new Map<string, CachedRows>([[partitionKey, new CachedRows(partitionKey)]])
  readonly #sharedFilled = new Set<string>()
  /** The changed rows, in the order in which they first changed. */
  #dirty: CachedRows[] = []
  /** PERF: the rows that were used last, since a record uses the rows of its key again and again. */
  #last: CachedRows | null = null
  /** The rows of the last two prefetches: one batch is folded while the rows of the next are loaded. */
  #current: readonly CachedRows[] = []
  #coming: CachedRows[] = []
  #batch = 0
  #stored: Promise<void> | null = null
  #isStored = true
  /** The rows that the unit of work has used, as they were before it; null while nothing is tried. */
  #noted: Map<CachedRows, Noted> | null = null

  constructor(store: Store, task: string, cacheMax: number) {
    this.#store = store
    this.#keys = new StoreKeys(task)
    this.#cacheMax = cacheMax
  }

  /** Loads the rows that stay in memory. */
  async loadPinned(): Promise<void> {
    for await (const rows of this.#all(partitionKey)) {
      this.#pinned.set(rows.key, rows)
      if (rows.key !== partitionKey) this.#sharedFilled.add(rows.key)
    }
  }

  /** Loads the rows of these keys, with one read of the store for all that are missing. */
  async prefetch(keys: Iterable<string>): Promise<void> {
    const batch = ++this.#batch
    const wanted: CachedRows[] = []
    const missing = new Set<string>()
    for (const key of keys) {
      const cached = this.#inMemory.get(key)
      if (cached === undefined) missing.add(key)
      else if (cached.batch !== batch) {
        cached.batch = batch
        cached.isUsed = true
        wanted.push(cached)
      }
    }
    this.#packUnused(wanted)
    if (missing.size === 0) return
    const keysMissing = [...missing]
    const values = await this.#store.getMany(keysMissing.map(key => this.#keys.row(key)))
    for (const [index, key] of keysMissing.entries()) {
      // The key may have been loaded and changed otherwise meanwhile.
      const cached = this.#inMemory.get(key) ?? this.#load(key, values[index])
      cached.batch = Math.max(cached.batch, batch)
      wanted.push(cached)
    }
  }

  /** Whether the rows of a key are in memory. */
  has(key: string): boolean {
    return this.#inMemory.has(key)
  }

  /** Loads the rows of one key into the latest batch. */
  async load(key: string): Promise<void> {
    if (this.#inMemory.has(key)) return
    const [value] = await this.#store.getMany([this.#keys.row(key)])
    const cached = this.#inMemory.get(key) ?? this.#load(key, value)
    cached.batch = this.#batch
    this.#coming.push(cached)
  }

  /** Keeps only the bytes of rows that neither of the two latest batches uses. */
  #packUnused(wanted: CachedRows[]): void {
    for (const cached of this.#current) if (cached.batch < this.#batch - 1) cached.pack()
    this.#current = this.#coming
    this.#coming = wanted
  }

  of(key: string): RowSet {
    return this.#of(key)
  }

  #of(key: string): CachedRows {
    if (this.#last?.key !== key) {
      const cached = this.#inMemory.get(key)
      if (cached === undefined) throw new Error(`the rows of key '${key}' were not prefetched`)
      this.#last = cached
    }
    if (this.#noted !== null) this.#note(this.#last)
    return this.#last
  }

  get partition(): RowSet {
    const cached = this.#pinned.get(partitionKey)!
    if (this.#noted !== null) this.#note(cached)
    return cached
  }

  /** Begins a unit of work that `undo` can undo until `keep` is called. */
  begin(): void {
    this.#noted = new Map()
  }

  /** Keeps the unit of work. Throws where a row that it changed can't be written; it can still be undone then. */
  keep(): void {
    for (const cached of this.#noted!.keys()) if (cached.isDirty) cached.encode()
    this.#noted = null
  }

  /** Puts all rows back to what they were before the unit of work. */
  undo(): void {
    for (const [cached, { putBack, isDirty }] of this.#noted!) {
      putBack()
      cached.isDirty = isDirty
      if (cached.key.startsWith(partitionKey) && cached.key !== partitionKey) this.#countShared(cached)
    }
    this.#dirty = this.#dirty.filter(({ isDirty }) => isDirty)
    this.#noted = null
  }

  #note(cached: CachedRows): void {
    if (!this.#noted!.has(cached)) this.#noted!.set(cached, { putBack: cached.saved(), isDirty: cached.isDirty })
  }

  get sharedCount(): number {
    return this.#sharedFilled.size
  }

  shared(key: string): RowSet | undefined {
    return this.#pinned.get(partitionKey + key)
  }

  changeShared(key: string, change: (rows: RowSet) => void): void {
    const pinnedKey = partitionKey + key
    const cached = this.#pinned.get(pinnedKey) ?? new CachedRows(pinnedKey)
    if (this.#noted !== null) this.#note(cached)
    change(cached)
    this.#pinned.set(pinnedKey, cached)
    this.#countShared(cached)
    this.#markDirty(cached)
  }

  #countShared(cached: CachedRows): void {
    if (cached.isEmpty) this.#sharedFilled.delete(cached.key)
    else this.#sharedFilled.add(cached.key)
  }

  /** Counts the keys whose rows are in memory. */
  get cached(): number {
    return this.#inMemory.size
  }

  markChanged(key: string | null): void {
    this.#markDirty(key === null ? this.#pinned.get(partitionKey)! : this.#of(key))
  }

  #markDirty(cached: CachedRows): void {
    if (cached.isDirty) return
    cached.isDirty = true
    this.#dirty.push(cached)
  }

  /** Lists the keys with a timer due by `until`, stored or not, by due time and key. */
  async due(until: Time): Promise<string[]> {
    const stored = await this.#store.range(this.#keys.timersUntil(until))
    const timers = stored.map(({ key }) => this.#keys.timerAt(key))
    const due = new Map(timers.map(timer => [timer.key, timer.due]))
    for (const { key, earliestDue } of this.#dirty) {
      if (earliestDue !== null && earliestDue <= until) due.set(key, earliestDue)
      else due.delete(key)
    }
    return [...due].sort(([a, dueA], [b, dueB]) => dueA - dueB || (a < b ? -1 : 1)).map(([key]) => key)
  }

  /**
   * Lists the keys whose stored timer is due after `from` and by `until`. All changes must be stored, or told by
   * `takeMovedTimer`.
   */
  async timersBetween(from: Time, until: Time): Promise<{ readonly key: string; readonly due: Time }[]> {
    const stored = await this.#store.range(this.#keys.timersBetween(from, until))
    return stored.map(({ key }) => this.#keys.timerAt(key))
  }

  /** Returns the due time of a key whose rows are in memory if it is another than was told last; else null. */
  takeMovedTimer(key: string): Time | null {
    const cached = this.#of(key)
    const due = cached.earliestDue
    if (due === cached.toldDue) return null
    cached.toldDue = due
    return due
  }

  /** The earliest due time of a key whose rows are in memory. */
  dueOf(key: string): Time | null {
    return this.#of(key).earliestDue
  }

  /** Whether rows changed since the last commit. */
  get isChanged(): boolean {
    return this.#dirty.length > 0
  }

  /** Takes the changes since the last commit: for the changelog, and for the store once the log has committed. */
  takeChanges(): { changelog: ChangelogEntry[]; changes: StoreChange[] } {
    const changelog: ChangelogEntry[] = []
    const changes: StoreChange[] = []
    for (const cached of this.#dirty) {
      const { key, earliestDue: due } = cached
      const value = cached.encode()
      changelog.push({ key, value })
      this.#addChanges(changes, key, value, cached.indexed, due)
      cached.indexed = due
      cached.isDirty = false
      if (key !== partitionKey && cached.isEmpty) this.#pinned.delete(key)
    }
    this.#dirty = []
    return { changelog, changes }
  }

  /** Makes the change that notes, in the same batch as the rows, how far the changelog was applied. */
  applied(changelogEnd: number): StoreChange {
    return { key: this.#keys.applied, value: Buffer.from(String(changelogEnd)) }
  }

  /** Reads how far the changelog was applied. */
  async appliedUntil(): Promise<number> {
    const [value] = await this.#store.getMany([this.#keys.applied])
    return value === undefined ? 0 : Number(Buffer.from(value).toString())
  }

  /** Applies changelog entries to the store, before anything is folded. */
  async restore(entries: readonly ChangelogEntry[], changelogEnd: number): Promise<void> {
    const latest = new Map(entries.map(({ key, value }) => [key, value]))
    const before = await this.#store.getMany([...latest.keys()].map(key => this.#keys.row(key)))
    const changes: StoreChange[] = []
    for (const [index, [key, value]] of [...latest].entries())
      this.#addChanges(changes, key, value, dueOf(key, before[index]), dueOf(key, value ?? undefined))
    await this.#store.write([...changes, this.applied(changelogEnd)])
  }

  /** Deletes all rows of the task in the store, so that they can be restored from the changelog. */
  clear(): Promise<void> {
    return this.#store.clear(this.#keys.everything)
  }

  /** Notes that committed rows are being written to the store. `settled` waits for it. */
  trackWrite(stored: Promise<void>): void {
    // A failure is thrown where the write is awaited.
    this.#isStored = false
    stored.then(
      () => {
        if (this.#stored === stored) this.#isStored = true
      },
      () => undefined,
    )
    this.#stored = stored
  }

  /** Drops rows beyond the size of the cache if the store holds all that was committed, and waits for it only beyond twice that size. */
  async trim(): Promise<void> {
    if (this.#inMemory.size <= this.#cacheMax) return
    if (this.#isStored || this.#inMemory.size > 2 * this.#cacheMax) await this.settled()
  }

  /** Waits until the store holds all that was committed, then drops rows beyond the size of the cache. */
  async settled(): Promise<void> {
    if (this.#stored === null) return
    await this.#stored
    this.#stored = null
    this.#evict()
  }

  /**
   * Drops the rows that were loaded first, but spares rows that were used again since, once. Rows that changed since
   * the last commit stay.
   */
  #evict(): void {
    this.#last = null
    for (const cached of this.#inMemory.values()) {
      if (this.#inMemory.size <= this.#cacheMax) return
      if (cached.isDirty) continue
      this.#inMemory.delete(cached.key)
      if (!cached.isUsed) continue
      cached.isUsed = false
      this.#inMemory.set(cached.key, cached)
    }
  }

  /** Lists every row set of the task as committed, in key order. */
  all(): AsyncIterable<RowSet> {
    return this.#all('')
  }

  async *#all(startingWith: string): AsyncIterable<CachedRows> {
    const range = this.#keys.rows(startingWith)
    for (let { from } = range; ; ) {
      const entries = await this.#store.range({ ...range, from, limit: pageMax })
      for (const { key, value } of entries) yield new CachedRows(this.#keys.keyOfRow(key), value)
      if (entries.length < pageMax) return
      from = `${entries.at(-1)!.key}\u0000`
    }
  }

  /**
   * Lists the keys that have a row of this table, stored or not, in order and page by page. The rows of a page are in
   * memory until the next page is asked for; changed rows stay.
   */
  async *keysWithRow({ name }: { readonly name: string }): AsyncIterable<readonly string[]> {
    const range = this.#keys.rows('')
    let unsaved = this.#dirty
      .map(({ key }) => key)
      .filter(key => !this.#pinned.has(key))
      .sort(compareKeys)
    for (let { from } = range; ; ) {
      const entries = await this.#store.range({ ...range, from, limit: pageMax })
      const page = entries.map(({ key, value }) => ({ key: this.#keys.keyOfRow(key), value }))
      const isLast = page.length < pageMax
      const inPage = isLast ? unsaved : unsaved.filter(key => compareKeys(key, page.at(-1)!.key) <= 0)
      unsaved = unsaved.slice(inPage.length)
      const own = page.filter(({ key }) => !key.startsWith(partitionKey))
      const stored = own.map(({ key }) => key)
      const loaded = own.flatMap(({ key, value }) => (this.#inMemory.has(key) ? [] : [this.#load(key, value)]))
      const keys = [...new Set([...stored, ...inPage])].sort(compareKeys)
      yield keys.filter(key => this.#inMemory.get(key)!.has({ name }))
      this.#last = null
      for (const { key, isDirty } of loaded) if (!isDirty) this.#inMemory.delete(key)
      if (isLast) return
      from = `${entries.at(-1)!.key}\u0000`
    }
  }

  #load(key: string, bytes: Uint8Array | undefined): CachedRows {
    const cached = new CachedRows(key, bytes)
    this.#inMemory.set(key, cached)
    return cached
  }

  #addChanges(to: StoreChange[], key: string, value: Uint8Array | null, indexed: Time | null, due: Time | null): void {
    to.push({ key: this.#keys.row(key), value })
    if (indexed === due) return
    if (indexed !== null) to.push({ key: this.#keys.timer(indexed, key), value: null })
    if (due !== null) to.push({ key: this.#keys.timer(due, key), value: new Uint8Array(0) })
  }
}

const dueOf = (key: string, value: Uint8Array | undefined): Time | null =>
  value === undefined ? null : RowSet.decode(key, value).earliestDue

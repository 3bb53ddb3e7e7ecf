import type { Time } from '../../schemas/record.ts'
import { RowSet } from '../../state/row-set.ts'
import { compareKeys, type Store, type StoreChange } from '../../state/stores/store.ts'
import type { ChangelogEntry } from '../log/log.ts'
import type { Rows } from './rows.ts'
import { StoreKeys } from './store-keys.ts'

/** The rows of a key in memory, one object for each. */
class CachedRows extends RowSet {
  /** The due time under which the store's index of timers holds this key; null: not at all. */
  indexed = this.earliestDue
  /** The last prefetch that wanted it. */
  batch = 0
  /** It was wanted again since it came, or since the cache last spared it. */
  isUsed = false
  /** It changed since the last commit. */
  isDirty = false
}

/** The key of the rows that belong to the partition as a whole; those that all its keys share have it in front of theirs. */
export const partitionKey = '\u0000'
/** Rows read from the store at a time where all of them are asked for. */
const pageMax = 1000

/** The rows of one task: those in memory (changed since the last commit, or cached), over those in the store. */
export class RowCache implements Rows {
  readonly #store: Store
  readonly #keys: StoreKeys
  readonly #cacheMax: number
  readonly #resident = new Map<string, CachedRows>()
  /** The partition's own rows and the shared ones, which stay for as long as the task lives. */
  readonly #pinned = new Map<string, CachedRows>([[partitionKey, new CachedRows(partitionKey)]])
  readonly #sharedFilled = new Set<string>()
  /** In the order in which they first changed. */
  #dirty: CachedRows[] = []
  /** What was asked for last: a record asks for the rows of its key again and again. */
  #last: CachedRows | null = null
  /** The rows of the last two prefetches: one batch is folded while the rows of the next come. */
  #current: readonly CachedRows[] = []
  #coming: CachedRows[] = []
  #batch = 0
  #stored: Promise<void> | null = null

  constructor(store: Store, task: string, cacheMax: number) {
    this.#store = store
    this.#keys = new StoreKeys(task)
    this.#cacheMax = cacheMax
  }

  /** Brings what stays in memory there. */
  async loadPinned(): Promise<void> {
    for await (const rows of this.#all(partitionKey)) {
      this.#pinned.set(rows.key, rows)
      if (rows.key !== partitionKey) this.#sharedFilled.add(rows.key)
    }
  }

  /** Brings the rows of these keys into memory: one crossing into the store for all that are missing. */
  async prefetch(keys: Iterable<string>): Promise<void> {
    const batch = ++this.#batch
    const wanted: CachedRows[] = []
    const missing = new Set<string>()
    for (const key of keys) {
      const resident = this.#resident.get(key)
      if (resident === undefined) missing.add(key)
      else if (resident.batch !== batch) {
        resident.batch = batch
        resident.isUsed = true
        wanted.push(resident)
      }
    }
    this.#packUnused(wanted)
    if (missing.size === 0) return
    const keysMissing = [...missing]
    const values = await this.#store.getMany(keysMissing.map(key => this.#keys.row(key)))
    for (const [index, key] of keysMissing.entries()) {
      // Someone else may have brought it meanwhile, and changed it.
      const resident = this.#resident.get(key) ?? this.#bring(key, values[index])
      resident.batch = Math.max(resident.batch, batch)
      wanted.push(resident)
    }
  }

  /** Of keys that no batch at hand has, the bytes are enough. */
  #packUnused(wanted: CachedRows[]): void {
    for (const resident of this.#current) if (resident.batch < this.#batch - 1) resident.pack()
    this.#current = this.#coming
    this.#coming = wanted
  }

  of(key: string): RowSet {
    return this.#of(key)
  }

  #of(key: string): CachedRows {
    if (this.#last?.key === key) return this.#last
    const resident = this.#resident.get(key)
    if (resident === undefined) throw new Error(`the rows of key '${key}' were not prefetched`)
    this.#last = resident
    return resident
  }

  get partition(): RowSet {
    return this.#pinned.get(partitionKey)!
  }

  get sharedCount(): number {
    return this.#sharedFilled.size
  }

  shared(key: string): RowSet | undefined {
    return this.#pinned.get(partitionKey + key)
  }

  changeShared(key: string, change: (rows: RowSet) => void): void {
    const place = partitionKey + key
    const resident = this.#pinned.get(place) ?? new CachedRows(place)
    change(resident)
    this.#pinned.set(place, resident)
    if (resident.isEmpty) this.#sharedFilled.delete(place)
    else this.#sharedFilled.add(place)
    this.#soil(resident)
  }

  /** How many keys have their rows in memory. */
  get cached(): number {
    return this.#resident.size
  }

  markChanged(key: string | null): void {
    this.#soil(key === null ? this.#pinned.get(partitionKey)! : this.#of(key))
  }

  #soil(resident: CachedRows): void {
    if (resident.isDirty) return
    resident.isDirty = true
    this.#dirty.push(resident)
  }

  /** The keys with a timer due by `until`, stored or not, by due time and key. */
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

  /** What changed since the last commit: for the changelog, and for the store once the log has committed. */
  takeChanges(): { changelog: ChangelogEntry[]; changes: StoreChange[] } {
    const changelog: ChangelogEntry[] = []
    const changes: StoreChange[] = []
    for (const resident of this.#dirty) {
      const { key, earliestDue: due } = resident
      const value = resident.encode()
      changelog.push({ key, value })
      this.#addChanges(changes, key, value, resident.indexed, due)
      resident.indexed = due
      resident.isDirty = false
      if (key !== partitionKey && resident.isEmpty) this.#pinned.delete(key)
    }
    this.#dirty = []
    return { changelog, changes }
  }

  /** Beside the rows, in the same batch: how far the changelog was applied. */
  applied(changelogEnd: number): StoreChange {
    return { key: this.#keys.applied, value: Buffer.from(String(changelogEnd)) }
  }

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

  /** Forgets all of the task's rows: they are to be restored from the changelog. */
  clear(): Promise<void> {
    return this.#store.clear(this.#keys.everything)
  }

  /** The store is being brought to what was committed: `settled` waits for it. */
  trackWrite(stored: Promise<void>): void {
    // Its failure is thrown where it is waited for.
    stored.catch(() => undefined)
    this.#stored = stored
  }

  /** Waits until the store holds all that was committed; then rows beyond the bounded cache are let go. */
  async settled(): Promise<void> {
    if (this.#stored === null) return
    await this.#stored
    this.#stored = null
    this.#evict()
  }

  /**
   * Those that came first go first, but what was wanted again meanwhile gets a second turn; what changed since the last
   * commit stays.
   */
  #evict(): void {
    this.#last = null
    for (const resident of this.#resident.values()) {
      if (this.#resident.size <= this.#cacheMax) return
      if (resident.isDirty) continue
      this.#resident.delete(resident.key)
      if (!resident.isUsed) continue
      resident.isUsed = false
      this.#resident.set(resident.key, resident)
    }
  }

  /** Every row set of the task, committed ones only, in key order. */
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
   * The keys that have a row of this table, stored or not, in order, page by page. The rows of a page are in memory until
   * the next one is asked for; what changed stays.
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
      const brought = own.flatMap(({ key, value }) => (this.#resident.has(key) ? [] : [this.#bring(key, value)]))
      const keys = [...new Set([...stored, ...inPage])].sort(compareKeys)
      yield keys.filter(key => this.#resident.get(key)!.has({ name }))
      this.#last = null
      for (const { key, isDirty } of brought) if (!isDirty) this.#resident.delete(key)
      if (isLast) return
      from = `${entries.at(-1)!.key}\u0000`
    }
  }

  #bring(key: string, bytes: Uint8Array | undefined): CachedRows {
    const resident = new CachedRows(key, bytes)
    this.#resident.set(key, resident)
    return resident
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

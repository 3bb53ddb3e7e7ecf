import type { LogPosition, Time } from '../../schemas/record.ts'
import { BadRecord } from '../../schemas/wire.ts'
import { RowVersionError } from '../../state/row-versions.ts'
import { StoreError } from '../../state/stores/store.ts'
import type { Table } from '../../state/table.ts'
import type { Plan } from '../graph/plan.ts'
import { ConnectorError } from '../log/log.ts'
import { TaskStopped } from './checkpoint.ts'
import { type Fold, FoldError } from './fold.ts'
import type { RowCache } from './row-cache.ts'

/** What is folded as a whole or not at all: a record with the timers before it, or the timers of a key. */
export interface FoldUnit {
  readonly position: LogPosition
  readonly key: string
  /** The time of the record, or the time until which timers fire. */
  readonly at: Time
  readonly isTimer: boolean
  /** The bytes of the record; empty for timers. */
  readonly bytes: Uint8Array
  work(): void | Promise<void>
}

/** Tells that something threw in a task under a row that people change, and the row before went on. */
export interface Quarantined {
  readonly task: string
  /** The name of the row: a release. */
  readonly name: string
  readonly position: LogPosition
  readonly error: unknown
}

/** Folds a record ahead of what is stuck, and returns its offset; null where there is none yet. */
export type Overtake = () => Promise<number | null>

/** Overtakes nothing. */
export const nothingAhead: Overtake = async () => null

/** Whether an error may be the fault of a row that people change: errors with a code are not. */
export const isThrown = (error: unknown): boolean =>
  error instanceof Error &&
  ![TaskStopped, BadRecord, RowVersionError, ConnectorError, StoreError].some(kind => error instanceof kind)

/**
 * Folds units so that nothing stays of one that throws. The unit is then folded under the row before (a release), and every
 * partition is told that the row is out of force. Where that throws too, a later change of the row is folded ahead of the unit.
 */
export class CarefulFold {
  readonly #task: string
  readonly #plan: Plan
  readonly #rows: RowCache
  readonly #fold: Fold
  readonly #told: (quarantined: Quarantined) => void

  constructor(task: string, plan: Plan, rows: RowCache, fold: Fold, told: (quarantined: Quarantined) => void) {
    this.#task = task
    this.#plan = plan
    this.#rows = rows
    this.#fold = fold
    this.#told = told
  }

  /** Folds a unit. Throws TaskStopped where no row before and no record ahead lets it go on: the rows are then as before it. */
  async run(unit: FoldUnit, overtake: Overtake): Promise<void> {
    const error = await this.#attempt(unit)
    if (error === null || (await this.#underEarlier(unit, error))) return
    const [row] = this.#inForce()
    for (let ahead = await overtake(); ahead !== null; ahead = await overtake()) {
      const again = await this.#attempt(unit)
      if (again === null) {
        for (const { table, value } of row ? [row] : []) this.#quarantine(table, value, unit, error, ahead)
        return
      }
      if (await this.#underEarlier(unit, again)) return
    }
    throw new TaskStopped('stuck', this.#task, `${messageOf(error)}; nothing before it goes on either`, {
      cause: error,
    })
  }

  /** The rows in force that something may throw under. */
  #inForce(): { readonly table: Table<any>; readonly value: unknown }[] {
    const { partition } = this.#rows
    return this.#plan.fallbacks.flatMap(table =>
      partition.has(table) ? [{ table, value: partition.get(table) as unknown }] : [],
    )
  }

  /** Folds the unit; returns what was thrown, and then leaves nothing of it. */
  async #attempt({ work }: FoldUnit): Promise<unknown> {
    const { emitted } = this.#fold
    this.#rows.begin()
    try {
      await work()
      this.#rows.keep()
      return null
    } catch (error) {
      this.#rows.undo()
      this.#fold.forget(emitted)
      if (!isThrown(error)) throw error
      return error
    }
  }

  /** Folds the unit under the row before, and leaves the row in force until every partition is told. */
  async #underEarlier(unit: FoldUnit, error: unknown): Promise<boolean> {
    for (const { table, value } of this.#inForce()) {
      const { from, key, back } = table.fallback!
      const earlier = this.#rows.shared(key)?.get(from)
      const before = earlier === undefined ? null : back(value, earlier)
      if (before === null) continue
      const failed = await this.#attempt({ ...unit, work: () => this.#workUnder(unit, table, before, value) })
      if (failed !== null) continue
      this.#quarantine(table, value, unit, error, null)
      return true
    }
    return false
  }

  async #workUnder({ work }: FoldUnit, table: Table<any>, before: unknown, value: unknown): Promise<void> {
    const { partition } = this.#rows
    partition.set(table, before)
    this.#rows.markChanged(null)
    await work()
    // The unit may itself have changed the row.
    if (partition.get(table) === before) partition.set(table, value)
  }

  #quarantine(table: Table<any>, row: unknown, unit: FoldUnit, error: unknown, ahead: number | null): void {
    const { position, key, at, isTimer, bytes } = unit
    const operator = error instanceof FoldError ? error.operator : ''
    this.#fold.quarantine(table, row, { position, key, at, isTimer, operator, ahead }, bytes)
    this.#told({ task: this.#task, name: table.fallback!.name(row), position, error })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '../../connectors/embedded/embedded-log.ts'
import type { InputRecord } from '../../schemas/input-record.ts'
import { Chance } from '../../simulation/chance.ts'
import { openStore } from '../../state/stores/open-store.ts'
import { journey } from '../../topology/journey.ts'
import { HistoryRunner } from '../../topology/replay/history-runner.ts'
import { createTopics, writeHistory } from '../../topology/replay/history-writer.ts'
import { hashesOf } from '../../topology/replay/run-hashes.ts'
import { lawsRelease, randomHistory, secret } from '../../topology/test/random-history.ts'

const topology = journey({ secret })
const seed = process.env.JOAI_SEED ?? String(Date.now())
const count = Number(process.env.JOAI_DAMAGED ?? 14)
const damages = ['cut', 'cut at its end', 'flipped', 'emptied'] as const

/** Opens a folder as a start does, appends, and decides everything. `killed` is called before it is closed. */
async function continued(folder: string, records: readonly InputRecord[], killed: () => void = () => undefined) {
  const told: string[] = []
  const log = await openEmbeddedLog(join(folder, 'log'), { warn: text => told.push(text) })
  try {
    await createTopics(log, topology, 2)
    await writeHistory(log, topology, records)
    const store = await openStore('rocksdb', join(folder, 'state'))
    try {
      const runner = await HistoryRunner.open({ topology, log, store, batch: 40 })
      await runner.drain()
      killed()
      return { ...(await hashesOf(log, runner)), told }
    } finally {
      await store.close()
    }
  } finally {
    await log.close()
  }
}

const wholeOf = (chance: Chance, from: number, to: number): number => Math.floor(chance.between(from, to + 1))

function damage(file: string, how: (typeof damages)[number], chance: Chance): void {
  const { size } = statSync(file)
  if (how === 'emptied') truncateSync(file, 0)
  else if (how === 'cut') truncateSync(file, wholeOf(chance, 0, Math.max(0, size - 1)))
  else if (how === 'cut at its end') truncateSync(file, Math.max(0, size - wholeOf(chance, 1, 60)))
  else if (size > 0) {
    const bytes = readFileSync(file)
    bytes[wholeOf(chance, 0, size - 1)]! ^= 1 << wholeOf(chance, 0, 7)
    writeFileSync(file, bytes)
  }
}

test(`of ${count} folders of killed runs, each with one file damaged, each goes on as if nothing had happened, says so, or stops with a code`, {
  tags: ['slow'],
  timeout: 3_600_000,
}, async () => {
  const parent = mkdtempSync(join(tmpdir(), 'joai-damaged-'))
  const chance = new Chance(`${seed}/damage`)
  const outcomes: Record<string, number> = {}
  try {
    const history = [lawsRelease(), ...randomHistory(11, { records: 500, customers: 10 })]
    const [first, second, rest] = [history.slice(0, 200), history.slice(200, 350), history.slice(350)]
    const living = join(parent, 'living')
    const killed = join(parent, 'killed')
    await continued(living, first)
    await continued(living, second, () => cpSync(living, killed, { recursive: true }))
    const whole = join(parent, 'whole')
    cpSync(killed, whole, { recursive: true })
    const expected = await continued(whole, rest)
    expect(expected.told).toEqual([])
    const files = readdirSync(killed, { recursive: true, encoding: 'utf8' }).filter(name =>
      statSync(join(killed, name)).isFile(),
    )
    for (let n = 0; n < count; n++) {
      const name = files[n % files.length]!
      const how = damages[Math.floor(n / files.length) % damages.length]!
      const folder = join(parent, 'damaged')
      cpSync(killed, folder, { recursive: true })
      damage(join(folder, name), how, chance)
      const outcome = await continued(folder, rest).then(
        ({ told, ...hashes }) => {
          const { told: _, ...wanted } = expected
          expect(hashes, `${name} ${how}, seed ${seed}: it decided otherwise`).toEqual(wanted)
          return told.length > 0 ? 'the same, and told' : 'the same'
        },
        (error: { readonly code?: unknown; readonly name?: string }) => {
          expect(error.code, `${name} ${how}, seed ${seed}: ${error}`).toEqual(expect.stringMatching(/^(log|store)-/))
          return String(error.code)
        },
      )
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      rmSync(folder, { recursive: true })
    }
  } finally {
    console.log(`seed ${seed}: ${JSON.stringify(outcomes)}`)
    rmSync(parent, { recursive: true, force: true })
  }
})

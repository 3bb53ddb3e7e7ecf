import type { Log } from '../../../topology/log/log.ts'
import { openEmbeddedLog } from '../embedded-log.ts'

/** Commits without end, or until the disk is full, in the process that crash tests start and kill. */
export async function commitForever(directory: string, padding: number): Promise<void> {
  const log = await openEmbeddedLog(directory, { compactAfter: 50 })
  await log.createTopic('in', 1)
  await log.createTopic('out', 3)
  const owner = await log.acquire(crashTask)
  for (let n = (owner.position ?? 0) + 1; ; n++) {
    await log.commit([commitOf(n, padding, owner)])
    // Reported to the parent only after the commit, so every reported commit must be there.
    process.stdout.write(`${n}\n`)
  }
}

/** The one task of the crash tests. */
export const crashTask = { subTopology: 'deciding', topic: 'in', partition: 0 }

const commitOf = (n: number, padding: number, owner: Awaited<ReturnType<Log['acquire']>>) => ({
  owner,
  position: n,
  outputs: [0, 1, 2].map(partition => ({
    topic: 'out',
    partition,
    key: `${n}`,
    value: Buffer.alloc(padding + (n % 7) * partition, String(n % 10)),
    timestamp: n,
  })),
  changelog: [
    { key: 'last', value: Buffer.from(`${n}`) },
    { key: `row ${n % 10}`, value: Buffer.alloc(padding, 'r') },
  ],
  checkpoint: Buffer.from(`${n}`),
})

if (process.argv[2] === 'commit-forever')
  commitForever(process.argv[3]!, Number(process.argv[4])).catch(error => {
    process.stdout.write(`failed ${error.code}\n`)
    process.exit(3)
  })

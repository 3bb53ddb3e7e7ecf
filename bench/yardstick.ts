import { createHash } from 'node:crypto'

// Prints the processor milliseconds that a fixed piece of work takes. It looks up rows in random order, which misses the
// caches as folding does, and builds and hashes text. On a shared machine the same work takes longer at some times than at
// others. It is a program of its own, because inside the measured process other threads and the heap would count too.

const keys = 100_000
const lookUps = 500_000

const rows = new Map(Array.from({ length: keys }, (_, n) => [`row ${n}`, { n, count: 0 }]))
const hash = createHash('sha256')
let at = 1
for (let n = 0; n < lookUps; n++) {
  at = (Math.imul(at, 1_103_515_245) + 12_345) >>> 0
  const row = rows.get(`row ${at % keys}`)!
  row.count++
  if (row.count % 8 === 0) hash.update(`${row.n} was asked for ${row.count} times`)
}
hash.digest()
const { user, system } = process.cpuUsage()
process.stdout.write(String((user + system) / 1000))

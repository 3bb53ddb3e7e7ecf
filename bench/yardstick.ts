import { createHash } from 'node:crypto'

// A program of its own: it prints the processor milliseconds that a fixed piece of work takes. Rows are looked up in no
// order, which misses the caches as folding does, and text is made and hashed. Where a machine is shared, the same work takes
// longer at one time than at another; in the process that measures, its engines and its heap would be in it too.

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

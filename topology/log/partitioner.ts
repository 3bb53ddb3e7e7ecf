/** Computes the partition of a key as Kafka's own producers do: murmur2, made positive, modulo. */
export function partitionOf(key: string, partitions: number): number {
  if (partitions === 1) return 0
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}

/** Computes the hash of Kafka's `Utils.murmur2`. */
export function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995
  let h = 0x9747b28c ^ data.length
  const whole = data.length >> 2
  for (let i = 0; i < whole; i++) {
    const at = i * 4
    let k = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
    k = Math.imul(k, m)
    k = Math.imul(k ^ (k >>> 24), m)
    h = Math.imul(h, m) ^ k
  }
  const tail = whole * 4
  const left = data.length & 3
  if (left === 3) h ^= data[tail + 2]! << 16
  if (left >= 2) h ^= data[tail + 1]! << 8
  if (left >= 1) h = Math.imul(h ^ data[tail]!, m)
  h = Math.imul(h ^ (h >>> 13), m)
  return h ^ (h >>> 15)
}

const digits = /^\d+$/

/** Orders ids that are numbers by their value, however long, and ahead of those that are not. */
function compareIds(a: string, b: string): number {
  const isNumber = digits.test(a)
  if (isNumber !== digits.test(b)) return isNumber ? -1 : 1
  if (isNumber) {
    const left = a.replace(/^0+(?=\d)/, '')
    const right = b.replace(/^0+(?=\d)/, '')
    if (left.length !== right.length) return left.length - right.length
    if (left !== right) return left < right ? -1 : 1
  }
  return a < b ? -1 : a > b ? 1 : 0
}

/** Orders lists of ids, the first part first. */
export function compareIdLists(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareIds(a[i]!, b[i]!)
    if (order !== 0) return order
  }
  return a.length - b.length
}

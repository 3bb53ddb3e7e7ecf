/** One answer of `/metrics` of a `joai run`. */
export class Metrics {
  readonly #lines: readonly { readonly name: string; readonly labels: string; readonly value: number }[]

  constructor(text: string) {
    this.#lines = text.split('\n').flatMap(line => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      return name === undefined ? [] : [{ name, labels, value: Number(value) }]
    })
  }

  /** Sums the lines of this name that have these labels. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
    return this.#lines
      .filter(line => line.name === name && wanted.every(label => line.labels.split(',').includes(label)))
      .reduce((sum, { value }) => sum + value, 0)
  }
}

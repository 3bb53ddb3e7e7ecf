/** The names of topics on a broker: ours have a prefix there, those of the company have none. */
export class TopicNames {
  readonly #prefix: string
  readonly #foreign: ReadonlySet<string>

  constructor({
    prefix = '',
    foreign = new Set(),
  }: { readonly prefix?: string; readonly foreign?: ReadonlySet<string> }) {
    this.#prefix = prefix
    this.#foreign = foreign
  }

  /** Tells whether a topic is the company's. */
  isForeign(topic: string): boolean {
    return this.#foreign.has(topic)
  }

  /** Returns the name of a topic on the broker. */
  onBroker(topic: string): string {
    return this.#foreign.has(topic) ? topic : this.#prefix + topic
  }

  /** Returns our name for a topic of the broker; null for one that we have nothing to do with. */
  here(name: string): string | null {
    if (this.#foreign.has(name)) return name
    return name.startsWith(this.#prefix) && !name.startsWith('__') ? name.slice(this.#prefix.length) : null
  }
}

/** Says how a graph is wired wrongly. It is thrown before the first record. */
export class TopologyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TopologyError'
  }
}

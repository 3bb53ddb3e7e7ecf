/** One thing that `apply` would do, or refuse. */
export interface Change {
  readonly what: 'topic' | 'setting' | 'partitions' | 'schema' | 'right' | 'topology' | 'application'
  readonly name: string
  /** For people: what it is, and what becomes of it. */
  readonly words: string
  /** What `--allow` must name before it happens; absent where nothing is lost. */
  readonly allow?: string
  /** It can't happen at all. */
  readonly impossible?: true
  /** The application begins anew from its inputs, in a new generation. */
  readonly anew?: true
}

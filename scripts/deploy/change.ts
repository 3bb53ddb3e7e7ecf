/** One change that `apply` makes or refuses. */
export interface Change {
  readonly what:
    | 'topic'
    | 'setting'
    | 'partitions'
    | 'schema'
    | 'right'
    | 'topology'
    | 'application'
    | 'position'
    | 'catalog'
  readonly name: string
  /** Describes the change and its consequences for people. */
  readonly words: string
  /** Name under which `--allow` allows the change; absent where nothing is lost. */
  readonly allow?: string
  /** The change is impossible. */
  readonly impossible?: true
  /** With this change the application begins anew from its inputs, in a new generation. */
  readonly anew?: true
}

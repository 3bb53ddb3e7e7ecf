// The parts of rocksdb-native that the store uses; the package has no types of its own.
declare module 'rocksdb-native' {
  namespace RocksDB {
    interface WriteBatch {
      tryPut(key: string, value: Uint8Array): void
      tryDelete(key: string): void
      /** Deletes the keys from `start` to `end`, without `end`. */
      tryDeleteRange(start: string, end: string): void
      flush(): Promise<void>
      destroy(): void
    }
    interface ReadBatch {
      /** Settles when the batch is flushed; null where there is no value. */
      get(key: string): Promise<Buffer | null>
      flush(): Promise<void>
      destroy(): void
    }
    interface Options {
      readonly writeBufferSize?: number
      readonly maxWriteBufferNumber?: number
      /** The size of a block, in bytes. */
      readonly tableBlockSize?: number
      readonly maxBackgroundJobs?: number
    }
    interface Range {
      readonly gte: string
      readonly lt: string
      readonly limit: number
      /** The number of entries that one call of the engine returns. */
      readonly capacity: number
    }
  }
  class RocksDB {
    constructor(path: string, options?: RocksDB.Options)
    ready(): Promise<void>
    /** Resolves once every batch is destroyed. */
    close(): Promise<void>
    read(options: { readonly capacity: number }): RocksDB.ReadBatch
    write(options: { readonly capacity: number }): RocksDB.WriteBatch
    iterator(range: RocksDB.Range): AsyncIterable<{ readonly key: Buffer; readonly value: Buffer }>
  }

  export = RocksDB
}

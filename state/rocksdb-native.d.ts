declare module 'rocksdb-native' {
  interface WriteBatch {
    tryPut(key: string | Uint8Array, value: Uint8Array): void
    tryDelete(key: string | Uint8Array): void
    tryDeleteRange(start: string | Uint8Array, end: string | Uint8Array): void
    flush(): Promise<void>
    destroy(): void
  }
  interface ReadBatch {
    get(key: string | Uint8Array): Promise<Buffer | null>
    tryFlush(): void
    flush(): Promise<void>
    destroy(): void
  }
  interface RocksDBOptions {
    readonly writeBufferSize?: number
    readonly tableBlockSize?: number
    readonly maxBackgroundJobs?: number
    readonly maxOpenFiles?: number
    readonly maxWriteBufferNumber?: number
  }
  export default class RocksDB {
    constructor(path: string, options?: RocksDBOptions)
    ready(): Promise<void>
    close(): Promise<void>
    flush(): Promise<void>
    read(options?: { readonly capacity?: number }): ReadBatch
    write(options?: { readonly capacity?: number }): WriteBatch
    iterator(range: {
      readonly gte: string
      readonly lt: string
      readonly limit?: number
      readonly capacity?: number
    }): AsyncIterable<{ key: Buffer; value: Buffer }>
  }
}

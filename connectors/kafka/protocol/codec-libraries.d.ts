// The parts of packages without types of their own that tests use.
declare module 'lz4js' {
  export function compress(plain: Uint8Array): Uint8Array
}
declare module 'snappyjs' {
  export function compress(plain: Buffer): Buffer
}
/** The part of WebAssembly that is used here; the types of Node lack it. */
declare namespace WebAssembly {
  class Module {}
  class Instance {
    constructor(module: Module, imports: object)
    readonly exports: object
  }
  interface Memory {
    readonly buffer: ArrayBuffer
  }
  interface WebAssemblyInstantiatedSource {
    readonly module: Module
    readonly instance: Instance
  }
}

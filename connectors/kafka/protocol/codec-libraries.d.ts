// The parts of packages without types of their own that are used here.
declare module 'lz4js' {
  /** Unpacks a block into bytes from `into` on, and returns where it ended; it does not write past the end, and goes on counting. */
  export function decompressBlock(
    packed: Uint8Array,
    plain: Uint8Array,
    from: number,
    length: number,
    into: number,
  ): number
  export function compress(plain: Uint8Array): Uint8Array
}
declare module 'snappyjs' {
  export function uncompress(block: Buffer): Buffer
  export function compress(plain: Buffer): Buffer
}

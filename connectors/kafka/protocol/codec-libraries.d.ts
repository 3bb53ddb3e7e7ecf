// The parts of packages without types of their own that are used here.
declare module 'lz4js' {
  /** The most bytes that a frame may unpack to. */
  export function decompressBound(frame: Uint8Array): number
  /** Unpacks a frame, and returns how many bytes it held. */
  export function decompressFrame(frame: Uint8Array, into: Uint8Array): number
  export function compress(plain: Uint8Array): Uint8Array
}
declare module 'snappyjs' {
  export function uncompress(block: Buffer): Buffer
  export function compress(plain: Buffer): Buffer
}

/** Thrown when more bytes would be unpacked than are allowed. */
export class TooLarge extends Error {}

import { createReadStream, statSync } from 'node:fs'
import { ConnectorError } from '../../topology/log/log.ts'
import { unreadableInput } from './adapter.ts'

/** The longest line. A file with a longer one is not a file of JSON lines. */
const lineBytesMax = 64 * 1024 * 1024

/** Reads the lines of a file that are not empty, with their numbers. Throws `input-missing` and `input-bad`. */
export async function* numberedLines(path: string): AsyncGenerator<{ readonly number: number; readonly line: Buffer }> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new ConnectorError(
      'input-bad',
      `'${path}' is a folder, and one file of JSON lines is read: join its files in one, and add --sort`,
    )
  let number = 0
  for await (const line of lines(path)) {
    const isFirst = number++ === 0
    const trimmed = withoutIndent(
      isFirst && line.subarray(0, byteOrderMark.length).equals(byteOrderMark)
        ? line.subarray(byteOrderMark.length)
        : line,
    )
    if (trimmed.length > 0) yield { number, line: trimmed }
  }
}

const byteOrderMark = Buffer.from('\ufeff')
const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d])

function withoutIndent(line: Buffer): Buffer {
  let start = 0
  while (start < line.length && blanks.has(line[start]!)) start++
  return line.subarray(start)
}

/** Reads lines as bytes, so that a line that is not UTF-8 stays unchanged. */
async function* lines(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let start = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        parts.push(chunk.subarray(start, end))
        yield withoutReturn(Buffer.concat(parts))
        parts = []
        size = 0
        start = end + 1
      }
      parts.push(chunk.subarray(start))
      size += chunk.length - start
      if (size > lineBytesMax)
        throw new ConnectorError('input-bad', `'${path}' has a line of over ${lineBytesMax} bytes`)
    }
  } catch (error) {
    throw error instanceof ConnectorError ? error : unreadableInput(path, error)
  }
  if (size > 0) yield withoutReturn(Buffer.concat(parts))
}

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === 13 ? line.subarray(0, -1) : line)

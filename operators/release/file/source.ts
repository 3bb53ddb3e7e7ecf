import { isMap, isScalar, LineCounter, type Node, parseDocument, type Scalar } from 'yaml'
import type { Path } from '../problem.ts'

/** A position in a text; line and column count from 1. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/** A parsed YAML text that can locate its values. */
export interface Source {
  /** The content as plain values; undefined if the text is not YAML. */
  readonly value: unknown
  /** The syntax errors of the text. */
  readonly faults: readonly { readonly place: TextPosition; readonly message: string }[]
  /** Locates the value at this path or, if there is none, the nearest value above it. */
  at(path: Path): TextPosition
  /** Locates the key at the end of this path. */
  atKey(path: Path): TextPosition
  /** Locates a character of the text at this path. */
  inside(path: Path, offset: number): TextPosition
}

/** Parses YAML 1.2. */
export function readSource(text: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const nodeAt = (path: Path): Node | undefined => document.getIn(path, true) as Node | undefined

  function offsetOf(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const range = nodeAt(path.slice(0, length))?.range
      if (range) return range[0]
    }
    return 0
  }

  function offsetOfKey(path: Path): number {
    const parent = nodeAt(path.slice(0, -1))
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
      : undefined
    return (pair?.key as Scalar | undefined)?.range?.[0] ?? offsetOf(path)
  }

  const faults = document.errors.map(({ pos, message }) => ({ place: place(pos[0]), message }))
  return {
    value: faults.length === 0 ? document.toJS() : undefined,
    faults,
    at: path => place(offsetOf(path)),
    atKey: path => place(offsetOfKey(path)),
    inside(path, offset) {
      const node = nodeAt(path)
      return place(isScalar(node) && node.range ? inScalar(text, node, offset) : offsetOf(path))
    },
  }
}

/**
 * Finds the offset in the file of a character of a scalar. Folded and escaped texts differ from the file; there the
 * offset of the character's word is used.
 */
function inScalar(text: string, node: Scalar, offset: number): number {
  const [start, end] = node.range!
  const value = String(node.value)
  const exact = text.indexOf(value, start)
  if (exact >= start && exact + value.length <= end) return exact + offset
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
  const body = isBlock ? text.indexOf('\n', start) + 1 : start
  const before = value.slice(0, offset).split(/\s+/).filter(Boolean)
  const partial = /\S$/.test(value.slice(0, offset)) ? before.pop()!.length : 0
  const word = [...text.slice(body, end).matchAll(/\S+/g)][before.length]
  return word ? body + word.index + partial : start
}

import {
  type Alias,
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'
import type { Path } from '../problem.ts'

/** A position in a text; line and column count from 1. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/** What is wrong with a text as YAML. */
export interface SourceFault {
  readonly place: TextPosition
  readonly message: string
  readonly remedy: string
}

/** A parsed YAML text that can locate its values. */
export interface Source {
  /** The content as plain values; undefined if the text is not YAML. */
  readonly value: unknown
  /** The syntax errors of the text. */
  readonly faults: readonly SourceFault[]
  /** Locates the value at this path or, if there is none, the nearest value above it. */
  at(path: Path): TextPosition
  /** Locates the key at the end of this path. */
  atKey(path: Path): TextPosition
  /** Locates a character of the text at this path. */
  inside(path: Path, offset: number): TextPosition
}

/** The longest text that is parsed. */
const lengthMax = 1 << 20
/** The deepest nesting that is parsed: the parser calls itself on every level. */
const depthMax = 500
const remedy = 'write YAML: two spaces a level, no tabs, each key once, quotes around text with a colon'

/** Parses YAML 1.2. */
export function readSource(text: string): Source {
  const unparsed = unparsable(text)
  return unparsed === null ? parsed(text) : nothingOf(unparsed)
}

/** Tells why a text can't be given to the parser, which would exhaust memory or the stack; null if it can. */
function unparsable(text: string): SourceFault | null {
  const fault = (at: number, message: string, remedy: string): SourceFault => {
    const before = text.slice(0, at).split('\n')
    return { place: { line: before.length, column: before.at(-1)!.length + 1 }, message, remedy }
  }
  if (text.length > lengthMax)
    return fault(0, `the file has more than ${lengthMax} characters`, 'write a smaller release')
  const deep = deepest(text)
  return deep === null ? null : fault(deep, `the file nests deeper than ${depthMax} levels`, 'write fewer levels')
}

/** Finds where a text opens more brackets, dashes of a line or indentation than may be nested. Texts with brackets count as if they opened them. */
function deepest(text: string): number | null {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '[' || letter === '{') depth++
    else if (letter === ']' || letter === '}') depth = Math.max(0, depth - 1)
    if (depth > depthMax) return at
  }
  const long = new RegExp(`^[-?: \\t]{${2 * depthMax},}`, 'm').exec(text)
  return long?.index ?? null
}

const nothingOf = (fault: SourceFault): Source => ({
  value: undefined,
  faults: [fault],
  at: () => fault.place,
  atKey: () => fault.place,
  inside: () => fault.place,
})

function parsed(text: string): Source {
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

  const syntax = [...document.errors, ...document.warnings]
  const faults: SourceFault[] = syntax.map(({ pos, message }) => ({ place: place(pos[0]), message, remedy }))
  const value = faults.length === 0 ? contentOf(document) : undefined
  if (value === undefined && faults.length === 0) faults.push(aliasFault(document, place))
  return {
    value,
    faults,
    at: path => place(offsetOf(path)),
    atKey: path => place(offsetOfKey(path)),
    inside(path, offset) {
      const node = nodeAt(path)
      return place(isScalar(node) && node.range ? inScalar(text, node, offset) : offsetOf(path))
    },
  }
}

/** Returns the content of a document as plain values; undefined if its aliases stand for nothing, for themselves or for far too much. */
function contentOf(document: Document): unknown {
  try {
    const value: unknown = document.toJS()
    JSON.stringify(value)
    return value
  } catch {
    return undefined
  }
}

/** Describes the first alias that stands for nothing, else the first alias. */
function aliasFault(document: Document, place: (offset: number) => TextPosition): SourceFault {
  const aliases: Alias[] = []
  visit(document, { Alias: (_key, alias) => void aliases.push(alias) })
  const loose = aliases.find(alias => alias.resolve(document) === undefined)
  const alias = loose ?? aliases[0]
  const message = loose
    ? `there is no anchor '${loose.source}' before this alias`
    : `the alias '${alias?.source ?? ''}' stands for itself, or aliases stand for too much`
  return {
    place: place(alias?.range?.[0] ?? 0),
    message,
    remedy: "write the value itself, or in quotes if it begins with '*'",
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

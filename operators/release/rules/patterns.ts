import { RE2JS } from 're2js'
import type { RuleFault } from './rule-fault.ts'
import { isNode, nodesIn, type SyntaxNode } from './syntax-tree.ts'

/** The most instructions of a compiled pattern: each character of a text may cost as many. */
const patternSizeMax = 250
/** The most characters of a pattern. */
const patternLengthMax = 1000

/** A pattern that matches in time proportional to its size and the text. */
export interface Pattern {
  /** Instructions of the compiled pattern. */
  readonly size: number
  test(text: string): boolean
}

/** Compiles a pattern. Throws an Error if it can't be matched in linear time, or is too large. */
export function compilePattern(text: string): Pattern {
  if (text.length > patternLengthMax) throw new Error(`the pattern has more than ${patternLengthMax} characters`)
  const pattern = RE2JS.compile(text)
  if (ignoresCase(text)) throw new Error('a pattern can’t ignore case')
  const size = pattern.programSize()
  if (size > patternSizeMax) throw new Error(`the pattern compiles to ${size} parts, more than ${patternSizeMax}`)
  return { size, test: given => pattern.test(given) }
}

/** Text that sets the flag `i` where the engine reads a flag; inside quotes, classes and escapes it is only text. */
const caseFlag = /\(\?[msU]*i(?![imsU]*-[imsU]*i)/g
/** A flag that the engine does not know, and its message about it. */
const unknownFlag = 'x'
const refusedFlag = /Perl syntax/

/**
 * Tells whether a sound pattern sets the flag that makes it ignore case. That follows the runtime's Unicode, which
 * differs between versions of Node. The engine itself tells where it reads flags: it refuses one that it does not know.
 */
function ignoresCase(text: string): boolean {
  for (const { 0: found, index } of text.matchAll(caseFlag)) {
    const end = index + found.length
    if (refusedFlag.test(faultOf(text.slice(0, end - 1) + unknownFlag + text.slice(end)))) return true
  }
  return false
}

function faultOf(pattern: string): string {
  try {
    RE2JS.compile(pattern)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

/** The pattern that a call of `matches` gives as a literal; null if it computes one. */
export function patternOf({ args }: SyntaxNode): string | null {
  const [, , given] = args as readonly [unknown, unknown, readonly unknown[]]
  const [pattern] = given
  return isNode(pattern) && pattern.op === 'value' && typeof pattern.args === 'string' ? pattern.args : null
}

/** Tells whether a node is a call of `matches`. */
export const isMatch = ({ op, args }: SyntaxNode): boolean =>
  op === 'rcall' && Array.isArray(args) && args[0] === 'matches'

/** Finds the first pattern of an expression that can't be matched; null if there is none. */
export function patternFault(tree: unknown): RuleFault | null {
  for (const node of nodesIn(tree)) {
    if (!isMatch(node)) continue
    const text = patternOf(node)
    const [, , given] = node.args as readonly [unknown, unknown, readonly SyntaxNode[]]
    const offset = given[0]?.start ?? node.start
    if (text === null)
      return { offset, message: 'the pattern is computed', remedy: 'write the pattern as a text in quotes' }
    try {
      compilePattern(text)
    } catch (error) {
      return { offset, message: (error as Error).message, remedy }
    }
  }
  return null
}

const remedy =
  'write an RE2 pattern, without lookarounds, backreferences and (?i); lowerAscii() before matches() ignores case'

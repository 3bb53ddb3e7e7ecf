import { compilePattern, isMatch, patternOf } from './patterns.ts'
import type { StepMeter } from './step-meter.ts'
import { nodesIn, type SyntaxNode } from './syntax-tree.ts'

/** Characters of a text that count as one step. */
const charactersPerStep = 16
/** Instructions of a pattern, times characters of its text, that count as one step. */
const matchingPerStep = 8

type Handle = NonNullable<SyntaxNode['handle']>

/** Types whose values have one size. */
const scalars: ReadonlySet<string> = new Set(['double', 'int', 'uint', 'bool', 'null'])
const sized: ReadonlySet<string> = new Set(['+', '==', '!=', 'in', '<', '<=', '>', '>='])

/**
 * Makes a checked expression count what its length does not tell: rounds over lists, the texts and lists that operators
 * and calls work on, and matching. Each node counts once, before anything is evaluated. Returns their number.
 */
export function countSteps(tree: unknown, meter: StepMeter, steps: number): number {
  const nodes = nodesIn(tree)
  for (const node of nodes) {
    const { handle } = node
    if (typeof handle !== 'function') continue
    const counting = countingHandle(node, handle, meter, steps)
    if (counting) node.handle = counting
  }
  return nodes.length
}

function countingHandle(node: SyntaxNode, handle: Handle, meter: StepMeter, most: number): Handle | null {
  if (isMatch(node)) return matching(node, meter)
  if (node.op === 'comprehension') {
    const round = nodesIn((node.args as { readonly step: unknown }).step).length
    return (...given) => {
      meter.spend(roundsOver(given[0]) * round)
      return handle(...given)
    }
  }
  if (node.op === 'call' || node.op === 'rcall') return calling(node, handle, meter, most)
  if (!sized.has(node.op) || operandsOf(node).every(isScalar)) return null
  return (...given) => {
    meter.spend(sizeOf(given[0], most) + sizeOf(given[1], most))
    return handle(...given)
  }
}

function calling(node: SyntaxNode, handle: Handle, meter: StepMeter, most: number): Handle {
  const name = (node.args as readonly unknown[])[0] as string
  const ascii = asciiCase[name]
  return (...given) => {
    const args = given[0] as readonly unknown[]
    meter.spend(sizeOf(args, most))
    if (name === 'lastIndexOf') meter.spend((lengthOf(args[0]) * lengthOf(args[1])) / charactersPerStep)
    if (ascii && typeof args[0] === 'string') return ascii(args[0])
    const value = handle(...given)
    if (Array.isArray(value)) meter.spend(value.length)
    return value
  }
}

/** The case of other letters follows the runtime's Unicode. */
const asciiCase: Readonly<Record<string, (text: string) => string>> = {
  lowerAscii: text => text.replace(/[A-Z]/g, letter => letter.toLowerCase()),
  upperAscii: text => text.replace(/[a-z]/g, letter => letter.toUpperCase()),
}

/** A release from before the check of patterns may hold one that can't be matched. */
function matching(node: SyntaxNode, meter: StepMeter): Handle {
  const text = patternOf(node)
  const pattern = text === null ? null : compiledOrNull(text)
  return given => {
    const [value] = given as readonly unknown[]
    if (pattern === null || typeof value !== 'string') throw new Error('there is no text, or no pattern to match it')
    meter.spend((value.length * pattern.size) / matchingPerStep)
    return pattern.test(value)
  }
}

function compiledOrNull(text: string) {
  try {
    return compilePattern(text)
  } catch {
    return null
  }
}

function operandsOf({ args }: SyntaxNode): readonly unknown[] {
  return Array.isArray(args) ? args : [args]
}

function isScalar(node: unknown): boolean {
  const type = (node as { readonly checkedType?: { readonly name: string } }).checkedType?.name
  return type !== undefined && scalars.has(type)
}

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0)

function roundsOver(items: unknown): number {
  if (Array.isArray(items)) return items.length
  if (items instanceof Set || items instanceof Map) return items.size
  return typeof items === 'object' && items !== null ? Object.keys(items).length : 0
}

/** The size of a value in steps. Counting ends beyond `most`, since a list may hold itself many times over. */
function sizeOf(value: unknown, most: number): number {
  if (typeof value === 'string') return value.length / charactersPerStep
  if (typeof value !== 'object' || value === null) return 0
  if (value instanceof Uint8Array) return value.length / charactersPerStep
  const parts = value instanceof Map || Array.isArray(value) || value instanceof Set ? value.values() : valuesOf(value)
  let size = 0
  for (const part of parts) {
    size += 1 + sizeOf(part, most - size)
    if (size > most) break
  }
  return size
}

const valuesOf = (value: object): readonly unknown[] => Object.values(value)

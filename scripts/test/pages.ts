import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

/** Reads a file of the repository. */
export const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const made = new Set(['node_modules', 'dist', 'coverage', '.git', '.joai'])

/** Every page, README first: readers begin there. */
export const pages: readonly string[] = pagesIn('').sort(
  (a, b) => Number(b === 'README.md') - Number(a === 'README.md') || (a < b ? -1 : 1),
)

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return made.has(entry.name) ? [] : pagesIn(path)
    return path.endsWith('.md') ? [path] : []
  })
}

/** A fenced block of a page. */
export interface Block {
  readonly page: string
  readonly language: string
  /** The comment in front of the block: where the text comes from, or what runs it. */
  readonly note: string
  readonly text: string
}

export const blocks: readonly Block[] = pages.flatMap(page =>
  [...read(page).matchAll(/(?:<!-- (.*?) -->\n)?^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, note, language, text]) => ({
    page,
    language: language!,
    note: note ?? '',
    text: text!,
  })),
)

export const inLanguage = (language: string): readonly Block[] => blocks.filter(block => block.language === language)

/** Lines without indentation and without blank ones. */
export const lines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')

export const isEllipsis = (line: string): boolean => line === '…' || line === '// …'

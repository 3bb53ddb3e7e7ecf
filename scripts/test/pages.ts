import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

/** Reads a file of the repository. */
export const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Every tracked page, README first: readers come in by it. */
export const pages: readonly string[] = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(Boolean)
  .sort((a, b) => Number(b === 'README.md') - Number(a === 'README.md') || (a < b ? -1 : 1))

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

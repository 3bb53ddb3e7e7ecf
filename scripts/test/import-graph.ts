import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The root of the repository. */
export const root = resolve(import.meta.dirname, '..', '..')

/** Whether a file is a test, or there only for tests. */
export const isTest = (file: string): boolean => /\.test\.ts$|(^|\/)test\//.test(file)

/** Folders that hold nothing of the repository, as in .gitignore. */
const ignored = new Set(['node_modules', 'dist', 'coverage', 'data', '.git', '.joai'])

/** Every file of the repository, found without git: unit tests start no process. */
export const repositoryFiles: readonly string[] = filesIn('')

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return [path]
    return ignored.has(entry.name) ? [] : filesIn(path)
  })
}

/** One import of a file of the repository. */
export interface Import {
  readonly file: string
  /** The imported file. */
  readonly target: string
  /** Whether it imports types only, so that nothing is loaded. */
  readonly isType: boolean
}

/** The imports, re-exports and dynamic imports of a file that lead to other files of the repository. */
export function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(/^(import|export)( type)?\b[^'"`;]*?from '(\.[^']+)'|\bimport\s*\(?\s*'(\.[^']+)'/gm)
  return Array.from(found, ([, , type, from, loaded]) => ({
    file,
    target: relative(root, resolve(root, dirname(file), (from ?? loaded)!)),
    isType: type !== undefined,
  }))
}

/** Which names lead to which others. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/** The groups of names in which each leads to each other (Tarjan 1972): every circle lies in one of them. */
export function circlesIn(graph: Graph): string[][] {
  const order = new Map<string, number>()
  const least = new Map<string, number>()
  const path: string[] = []
  const circles: string[][] = []
  const visit = (name: string): void => {
    order.set(name, order.size)
    least.set(name, order.get(name)!)
    path.push(name)
    for (const next of graph.get(name) ?? []) {
      if (!order.has(next)) visit(next)
      if (path.includes(next)) least.set(name, Math.min(least.get(name)!, least.get(next)!))
    }
    if (least.get(name) !== order.get(name)) return
    const group = path.splice(path.indexOf(name))
    if (group.length > 1 || graph.get(name)?.has(name)) circles.push(group.sort())
  }
  for (const name of graph.keys()) if (!order.has(name)) visit(name)
  return circles
}

/** The graph of the files that these imports connect. */
export const fileGraph = (imports: readonly Import[]): Graph => graphOf(imports, file => file)

/** The graph of folders: each stands for the files right in it, and a folder inside a folder is another one. */
export const folderGraph = (imports: readonly Import[]): Graph =>
  graphOf(
    imports.filter(({ file, target }) => dirname(file) !== dirname(target)),
    dirname,
  )

function graphOf(imports: readonly Import[], nameOf: (file: string) => string): Graph {
  const graph = new Map<string, Set<string>>()
  for (const { file, target } of imports) {
    const targets = graph.get(nameOf(file)) ?? new Set()
    graph.set(nameOf(file), targets.add(nameOf(target)))
  }
  return graph
}

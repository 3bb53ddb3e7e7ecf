import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import avro from 'avsc'
import { identify } from '../../schemas/codec/schema.ts'
import { ConnectorError } from '../../topology/log/log.ts'
import type { SchemaRegistry } from './registry.ts'

/**
 * Opens a registry in a folder, with one file for each version: `<subject>/<version>.<id>.avsc`. Ids are the schemas' own fingerprints.
 * Throws `registry-unavailable` when the folder can't be read or written.
 */
export async function openFileRegistry(directory: string): Promise<SchemaRegistry> {
  await attempt(directory, () => mkdir(directory, { recursive: true }))
  return new FileRegistry(directory)
}

interface Version {
  readonly file: string
  readonly version: number
  readonly id: number
}

class FileRegistry implements SchemaRegistry {
  readonly place: string
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
    this.place = directory
  }

  async schemaOf(id: number): Promise<string | null> {
    const subjects = await attempt(this.#directory, () => readdir(this.#directory))
    for (const subject of subjects.sort()) {
      const found = (await this.#versions(subject)).find(version => version.id === id)
      if (found) return this.#read(found)
    }
    return null
  }

  textOf(id: number): Promise<string | null> {
    return this.schemaOf(id)
  }

  async idOf(subject: string, json: string): Promise<number | null> {
    return (await this.#same(subject, json))?.id ?? null
  }

  async latest(subject: string): Promise<string | null> {
    const last = (await this.#versions(subject)).at(-1)
    return last ? this.#read(last) : null
  }

  async register(subject: string, json: string): Promise<number> {
    const { id } = identify(json)
    const known = await this.#same(subject, json)
    if (known) return known.id
    const versions = await this.#versions(subject)
    const last = versions.at(-1)
    const reason = last ? unreadable(json, await this.#read(last)) : null
    if (reason !== null)
      throw new ConnectorError('incompatible-schema', `${subject}: the new schema can't read the last one: ${reason}`)
    const file = join(this.#directory, subject, `${(last?.version ?? 0) + 1}.${id}.avsc`)
    await attempt(file, async () => {
      await mkdir(join(this.#directory, subject), { recursive: true })
      // Renamed into place, so that readers find a complete file or none.
      await writeFile(`${file}.new`, `${JSON.stringify(JSON.parse(json), null, 2)}\n`)
      await rename(`${file}.new`, file)
    })
    return id
  }

  /** Finds the version that is this schema. Its id may date from when docs counted, so that contents are compared. */
  async #same(subject: string, json: string): Promise<Version | null> {
    const { id } = identify(json)
    for (const version of (await this.#versions(subject)).reverse())
      if (version.id === id || identify(await this.#read(version)).id === id) return version
    return null
  }

  #read({ file }: Version): Promise<string> {
    return attempt(file, () => readFile(file, 'utf8'))
  }

  async #versions(subject: string): Promise<Version[]> {
    const folder = join(this.#directory, subject)
    const names = await attempt(folder, () => readdir(folder).catch(absent))
    return names
      .flatMap(name => {
        const [, version, id] = /^(\d+)\.(\d+)\.avsc$/.exec(name) ?? []
        return version === undefined ? [] : [{ file: join(folder, name), version: Number(version), id: Number(id) }]
      })
      .sort((a, b) => a.version - b.version)
  }
}

/** Returns the reason why the first schema can't read records of the second (BACKWARD); null when it can. */
export function unreadable(reader: string, writer: string): string | null {
  const [reading, writing] = [reader, writer].map(json => avro.Type.forSchema(JSON.parse(json)))
  try {
    reading!.createResolver(writing!)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

function absent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw error
}

async function attempt<T>(place: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof ConnectorError) throw error
    throw new ConnectorError('registry-unavailable', `the schemas in '${place}': ${(error as Error).message}`, {
      cause: error,
    })
  }
}

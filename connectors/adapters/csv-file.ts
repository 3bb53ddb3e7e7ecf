import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse'
import { ConnectorError } from '../../topology/log/log.ts'
import { unreadableInput } from './adapter.ts'

/** A row by column, and its line number. */
export interface CsvRow<C extends string> {
  readonly fields: Readonly<Record<C, string>>
  readonly line: number
}

/** Streams the rows of a CSV file with a header. Throws `input-missing`, and `input-bad` for a malformed file. */
export async function* csvRows<C extends string>(
  folder: string,
  file: string,
  columns: readonly C[],
): AsyncGenerator<CsvRow<C>> {
  const path = join(folder, file)
  const source = createReadStream(path)
  const parser = parse({ bom: true, info: true, relax_column_count: false, skip_empty_lines: true })
  source.on('error', error => parser.destroy(error))
  source.pipe(parser)
  let places: readonly number[] | null = null
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (places === null) {
        places = placesOf(path, record, columns)
        continue
      }
      const fields = {} as Record<C, string>
      for (let i = 0; i < columns.length; i++) fields[columns[i]!] = record[places[i]!]!
      yield { fields, line: info.lines }
    }
  } catch (error) {
    if (error instanceof ConnectorError) throw error
    throw unreadableInput(path, error)
  } finally {
    source.destroy()
  }
  if (places === null) throw new ConnectorError('input-bad', `'${path}' is empty: a line with the columns is missing`)
}

function placesOf(path: string, header: readonly string[], columns: readonly string[]): number[] {
  return columns.map(column => {
    const place = header.indexOf(column)
    if (place < 0)
      throw new ConnectorError('input-bad', `'${path}' has no column '${column}', only ${header.join(', ')}`)
    return place
  })
}

/** Makes the error for a row that can't be used, with its file and line. */
export const badRow = (folder: string, file: string, line: number, what: string): ConnectorError =>
  new ConnectorError('input-bad', `'${join(folder, file)}', line ${line}: ${what}`)

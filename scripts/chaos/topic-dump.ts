import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Log } from '../../topology/log/log.ts'
import { records } from '../../topology/log/log-reader.ts'
import { makeFolder } from '../cli/files.ts'

/** Writes the topics of a cluster into a folder before its brokers are stopped: a file per topic, a line per record. */
export async function dumpTopics(log: Log, folder: string): Promise<void> {
  makeFolder(folder)
  for (const [topic, partitions] of log.topics())
    await pipeline(Readable.from(lines(log, topic, partitions)), createWriteStream(join(folder, `${topic}.jsonl`)))
}

async function* lines(log: Log, topic: string, partitions: number): AsyncGenerator<string> {
  for (let partition = 0; partition < partitions; partition++)
    for await (const { value, ...record } of records(log, topic, partition))
      yield `${JSON.stringify({ partition, ...record, value: Buffer.from(value).toString('base64') })}\n`
}

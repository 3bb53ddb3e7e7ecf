import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ: the unit in which Linux reports processor time to programs on all its platforms. */
const ticksPerSecond = 100

/** Processor seconds of a child process, found by its program; null without Linux's /proc, or without such a child. */
export function childSeconds(program: string): number | null {
  const found = processes().find(({ name, parent }) => name === program && parent === process.pid)
  return found?.seconds ?? null
}

/** Processor seconds of this process. */
export function ownSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

/** Processor seconds of the main thread; null without Linux's /proc. */
export const threadSeconds = (): number | null => statOf(`self/task/${process.pid}`)?.seconds ?? null

function processes(): { readonly name: string; readonly parent: number; readonly seconds: number }[] {
  try {
    return readdirSync('/proc')
      .filter(entry => /^\d+$/.test(entry))
      .flatMap(pid => statOf(pid) ?? [])
  } catch {
    return []
  }
}

/** Reads the statistics of a process or a thread (proc(5)). The name stands in brackets, and may hold any character. */
function statOf(path: string) {
  try {
    const [, name, rest] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${path}/stat`, 'utf8'))!
    const fields = rest!.split(' ')
    return {
      name: name!,
      parent: Number(fields[1]),
      seconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    }
  } catch {
    // The process has ended meanwhile, or there is no /proc.
    return null
  }
}

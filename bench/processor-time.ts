import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, which Linux shows to programs, on all its platforms. */
const ticksPerSecond = 100

/** Processor seconds of a process that this one started, found by its program; null where Linux's /proc is not, or it. */
export function childSeconds(program: string): number | null {
  const found = processes().find(({ name, parent }) => name === program && parent === process.pid)
  return found?.seconds ?? null
}

/** Processor seconds of this process. */
export function ownSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

/** Processor seconds of the thread that runs this, which is the first of its process; null where Linux's /proc is not. */
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

/** Of a process or a thread, by proc(5): the name stands in brackets, and may hold anything. */
function statOf(place: string) {
  try {
    const [, name, rest] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${place}/stat`, 'utf8'))!
    const fields = rest!.split(' ')
    return {
      name: name!,
      parent: Number(fields[1]),
      seconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    }
  } catch {
    // It has ended meanwhile, or there is no /proc.
    return null
  }
}

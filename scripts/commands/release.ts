import type { Command } from 'commander'
import { ask } from '../desk/ask.ts'
import { controlOf, readRelease } from '../input.ts'
import { folder, runs } from './command.ts'

/** `joai release`: from one place in each partition on, another release decides. */
export function releaseCommand(program: Command): void {
  const command = program
    .command('release')
    .description('let a release decide from now on, beside a running demo; answers once every partition decides by it')
    .argument('<file>', 'the release; it is linted first')
    .option(...folder)
    .option('--json', 'print one JSON object on the last line')
  runs(command, ({ log, json = false }, [file]) =>
    ask(log, 'release', { control: controlOf(readRelease(file!)), json }),
  )
}

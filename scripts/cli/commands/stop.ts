import type { Command } from 'commander'
import { settings } from '../../config/config.ts'
import { formatEffect, publishFlags, waitLimitMs } from '../../deploy/control-flags.ts'
import { deployedRelease, publish } from '../../deploy/deployed-release.ts'
import { actionIn, stopOf } from '../../queries/handlers/control.ts'
import { askFolder } from '../../query-server/ask.ts'
import { UsageError } from '../errors.ts'
import { printJson, printLine } from '../output.ts'
import { folder, runs } from './command.ts'

/** Adds `joai stop`, the emergency stop of one action. */
export function stopCommand(program: Command): void {
  const command = publishFlags(
    program
      .command('stop')
      .description('stop an action at once: no decision takes it any more, and its waiting sends are cancelled')
      .argument('<action>', 'the id or name of the action; the next release lifts the stop')
      .option(...folder),
  ).option('--json', 'print one JSON object on the last line')
  runs(command, async ({ log, json = false, wait, timeout, ...flags }, [given]) => {
    const { config } = settings(flags)
    const isBeside = config.brokers === '' || command.getOptionValueSource('log') === 'cli'
    if (isBeside) return askFolder(log, 'stop', { actionId: given!, json })
    const release = await deployedRelease(config)
    if (release === null) throw new UsageError('nothing is decided there yet: there is no release')
    const { actionId, called } = actionIn(release, given!)
    const positions = await publish(config, stopOf(actionId), { withinMs: waitLimitMs({ wait, timeout }) })
    if (json) printJson({ actionId, app: config.app, ...(wait && { positions }) })
    else printLine(`${called} is stopped from ${formatEffect(positions)} on. The next release lifts it.`)
    return 0
  })
}

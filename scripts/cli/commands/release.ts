import type { Command } from 'commander'
import { releaseControl } from '../../../topology/replay/control-record.ts'
import { applicationOf } from '../../application/application.ts'
import { settings } from '../../config/config.ts'
import { formatEffect, publishFlags, waitLimitMs } from '../../deploy/control-flags.ts'
import { deployedRelease, publish, sizesMax } from '../../deploy/deployed-release.ts'
import { readReleaseFile } from '../../input/release-file.ts'
import { assertFollows } from '../../input/release-order.ts'
import { askFolder } from '../../query-server/ask.ts'
import { tryRelease } from '../../release-trial/try-release.ts'
import { printJson, printLine } from '../output.ts'
import { folder, runs } from './command.ts'

/** Adds `joai release`, which puts a release in force from one position in each partition on. */
export function releaseCommand(program: Command): void {
  const command = publishFlags(
    program
      .command('release')
      .description('put a release in force; returns once every partition decides by it')
      .argument('<file>', 'the release; it is linted and tried out first')
      .option(...folder),
  )
    .option('--force', 'also where it is older than the version in force, or the same version with other content')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ log, json = false, force = false, wait, timeout, ...flags }, [file]) => {
    const release = readReleaseFile(file!)
    const { config } = settings(flags)
    const control = releaseControl(release)
    const isBeside = config.brokers === '' || command.getOptionValueSource('log') === 'cli'
    const { topology, decides } = await applicationOf(config, config.catalog === '' ? release.catalog : undefined)
    if (isBeside) {
      if (decides) await tryRelease(release, topology, { now: Date.now() })
      return askFolder(log, 'release', { control, force, json })
    }
    const check = async () => {
      if (!force) assertFollows(release, await deployedRelease(config))
      if (decides) await tryRelease(release, topology, { now: Date.now(), sizeMax: await sizesMax(config) })
    }
    const positions = await publish(config, control, { withinMs: waitLimitMs({ wait, timeout }), check })
    const { release: name, version } = release
    if (json) printJson({ release: name, version, hash: control.hash, app: config.app, ...(wait && { positions }) })
    else
      printLine(
        `Published ${name} ${version} (${control.hash.slice(0, 12)}): it decides from ${formatEffect(positions)} on.`,
      )
    return 0
  })
}

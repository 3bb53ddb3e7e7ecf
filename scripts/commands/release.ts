import type { Command } from 'commander'
import { settings } from '../config.ts'
import { publishRelease } from '../deploy/deployed-release.ts'
import { ask } from '../desk/ask.ts'
import { controlOf, readRelease } from '../input.ts'
import { say, sayJson } from '../output.ts'
import { folder, runs } from './command.ts'

/** `joai release`: from one place in each partition on, another release decides. */
export function releaseCommand(program: Command): void {
  const command = program
    .command('release')
    .description(
      'let a release decide from now on: on a cluster, or beside a running demo, which answers once every partition decides by it',
    )
    .argument('<file>', 'the release; it is linted first')
    .option(...folder)
    .option('--brokers <list>', 'publish it on this cluster: host:port, several separated by commas')
    .option('--app <name>', 'the name of the application on the cluster')
    .option('--registry <url>', "the cluster's schema registry; without one, a folder of --data")
    .option('--data <dir>', 'where that folder is')
    .option('--json', 'print one JSON object on the last line')
  runs(command, async ({ log, json = false, ...flags }, [file]) => {
    const release = readRelease(file!)
    const { config } = settings(flags)
    const isBeside = config.brokers === '' || command.getOptionValueSource('log') === 'cli'
    if (isBeside) return ask(log, 'release', { control: controlOf(release), json })
    const { hash } = await publishRelease(config, release)
    const { release: name, version } = release
    if (json) sayJson({ release: name, version, hash, app: config.app })
    else say(`Published ${name} ${version} (${hash.slice(0, 12)}): it decides from its place in each partition on.`)
    return 0
  })
}

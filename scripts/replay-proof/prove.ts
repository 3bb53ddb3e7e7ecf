import { join } from 'node:path'
import { openStore } from '../../state/stores/open-store.ts'
import { plan } from '../../topology/graph/plan.ts'
import { livePlans } from '../../topology/graph/task-plan.ts'
import { decisionsHash } from '../../topology/replay/run-hashes.ts'
import { applicationOf, assertDecides } from '../application/application.ts'
import type { ExitCode } from '../cli/errors.ts'
import { visibleLine } from '../cli/foreign-text.ts'
import { endProgress, printJson, printLine, progress } from '../cli/output.ts'
import type { Config } from '../config/config.ts'
import { deploymentOf } from '../deploy/deployed.ts'
import { openClusterLog } from '../logs/cluster.ts'
import { runFolder } from '../logs/embedded.ts'
import { replayPeople } from './replay-people.ts'

/** Compares what the workers of a cluster wrote with a replay of their `people` log. The exit code is 1 where they differ. */
export async function provePeople(config: Config, { json }: { readonly json: boolean }): Promise<ExitCode> {
  const application = await applicationOf(config)
  assertDecides(application, '`joai replay --from people`')
  const { kind } = await deploymentOf(config, application)
  const graph = plan(application.topology)
  const log = await openClusterLog(config, application.topology)
  const folder = runFolder(undefined)
  const store = await openStore(config.store, join(folder.directory, 'state'))
  try {
    const proof = await replayPeople({
      log,
      plans: kind === 'live' ? livePlans(graph) : graph,
      store,
      kind,
      batch: config.batch,
      cacheRows: config.cacheRows,
      progress: records => progress(`folded ${records} records`),
    })
    const result = { ...proof, decisionsHash: await decisionsHash(log) }
    endProgress()
    if (json) printJson(result)
    else {
      const { records, outputs, rows, equal, differences } = result
      printLine(
        `folded ${records} records of people, compared ${outputs} records and ${rows} keys: ${equal ? 'equal' : 'NOT equal'}`,
      )
      for (const { place: where, what } of differences) printLine(visibleLine(`    ${where}: ${what}`))
    }
    return proof.equal ? 0 : 1
  } finally {
    await store.close()
    await log.close()
    folder.dispose()
  }
}

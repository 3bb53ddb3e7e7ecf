import { verify } from '../../audit/verify.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import type { Config } from '../config/config.ts'
import { replayPeople } from '../replay-proof/replay-people.ts'
import { chaosRelease } from './customer-load.ts'
import { type Reconciliation, reconcile } from './reconciliation.ts'

/** Verdict on a run, from the topics of its cluster and nothing else. */
export interface TopicVerdict extends Reconciliation {
  /** Violations of the laws of `joai verify`. */
  readonly violations: number
  /** Whether a replay of the recorded `people` log comes to the same decisions and rows of deciding. */
  readonly stateHashEqual: boolean
}

/** Counts, checks the laws and replays, once all workers have drained. A topic that can't be read counts as one violation. */
export async function verdictOf(
  log: Log,
  topology: Topology,
  config: Config,
  progress: (text: string) => void,
): Promise<TopicVerdict> {
  progress('counting')
  const counted = await reconcile(log, chaosRelease())
  const findings = [...counted.findings]
  progress('checking the laws')
  const violations = await violationsIn(log, findings)
  progress('replaying the people log')
  const stateHashEqual = await isReplayEqual(log, topology, config, findings)
  return { ...counted, violations, stateHashEqual, findings }
}

async function violationsIn(log: Log, findings: string[]): Promise<number> {
  try {
    const { laws } = await verify(log)
    for (const { law, violations } of laws) if (violations[0]) findings.push(`${law}: ${violations[0].detail}`)
    return laws.reduce((sum, { violationCount }) => sum + violationCount, 0)
  } catch (error) {
    findings.push(`the laws can't be checked: ${(error as Error).message}`)
    return 1
  }
}

async function isReplayEqual(
  log: Log,
  topology: Topology,
  { batch, cacheRows }: Config,
  findings: string[],
): Promise<boolean> {
  const store = openMemoryStore()
  try {
    const plans = plan(topology)
    const { equal, differences } = await replayPeople({ log, plans, store, kind: 'history', batch, cacheRows })
    findings.push(...differences.map(({ place, what }) => `${place}: ${what}`))
    return equal
  } catch (error) {
    findings.push(`people can't be replayed: ${(error as Error).message}`)
    return false
  } finally {
    await store.close()
  }
}

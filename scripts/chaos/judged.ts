import { verify } from '../../audit/verify.ts'
import { openMemoryStore } from '../../state/stores/memory-store.ts'
import { plan } from '../../topology/graph/plan.ts'
import type { Topology } from '../../topology/graph/topology.ts'
import type { Log } from '../../topology/log/log.ts'
import type { Config } from '../config/config.ts'
import { replayPeople } from '../replay-proof/replay-people.ts'
import { type Account, accountOf } from './account.ts'
import { chaosRelease } from './live.ts'

/** What the topics of a cluster say of a run, and nothing else. */
export interface Judgement extends Account {
  /** Breaches of the laws of `joai verify`. */
  readonly violations: number
  /** Whether a replay of the recorded `people` log comes to the same decisions and rows of deciding. */
  readonly stateHashEqual: boolean
}

/** Counts, laws and a replay, when all has drained. What can't even be read is one more violation. */
export async function judged(
  log: Log,
  topology: Topology,
  config: Config,
  tell: (text: string) => void,
): Promise<Judgement> {
  tell('counting')
  const account = await accountOf(log, new Set(chaosRelease().triggers))
  const findings = [...account.findings]
  tell('checking the laws')
  const violations = await violationsIn(log, findings)
  tell('replaying what was decided')
  const stateHashEqual = await isReplayEqual(log, topology, config, findings)
  return { ...account, violations, stateHashEqual, findings }
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

import type { EventCondition, Experiment, Release, Tiers } from '../../operators/release/release.ts'

const noRules: Tiers = { eligibility: [], applicability: [], suitability: [] }

const anyTime = { validFromMs: null, validToMs: null }
const byChance: Experiment = { id: 'trial', kind: 'random', share: 1, salt: 'trial', journey: null, exempt: [] }

/** Returns a release without its conditions: every action may be chosen, each as likely as the others, and every journey begins. */
export function withoutConditions(release: Release): Release {
  return {
    ...release,
    caps: [],
    budget: null,
    quietHours: [],
    groups: release.groups.map(group => ({ ...group, ...noRules })),
    actions: release.actions.map(action => ({ ...action, ...noRules, ...anyTime, mandatory: false })),
    experiments: [byChance],
    ...(release.journeys && {
      journeys: release.journeys.map(journey => ({
        ...journey,
        trigger: always(journey.trigger),
        stages: journey.stages.map(stage => ({ ...stage, holdUntil: stage.holdUntil && always(stage.holdUntil) })),
      })),
    }),
  }
}

const always = ({ event }: EventCondition): EventCondition => ({ event, when: null })

import { mustBeKnown, mustBeUnique, type Path, type Report } from '../problem.ts'
import type { Cap, Release } from '../release.ts'
import { catalogOfRelease } from '../release-catalog.ts'
import { impliedBy, matchesNothing } from './cap-overlap.ts'

/** Checks caps, budget, quiet hours and suppressions: that each can have an effect, and that ids are unique. */
export function checkLimits(release: Release, report: Report): void {
  for (const key of ['caps', 'quietHours', 'suppressions'] as const) {
    const ids = release[key].map(({ id }) => id)
    mustBeUnique(report, key === 'quietHours' ? 'quiet hours' : key.slice(0, -1), ids, n => [key, n, 'id'])
  }
  release.caps.forEach((cap, n) => {
    checkCap(cap, n, release, report)
  })
  checkBudget(release, report)
  release.quietHours.forEach(({ id, fromMinute, toMinute }, n) => {
    if (fromMinute === toMinute)
      report(
        ['quietHours', n, 'to'],
        `quiet hours '${id}' last no time`,
        "write another 'to', such as \"08:00\"; for whole days use 'closedDays'",
      )
  })
}

function checkCap(cap: Cap, n: number, release: Release, report: Report): void {
  const at = (key: string): Path => ['caps', n, key]
  const { actions, groups, caps } = release
  const used = (values: readonly (string | null)[]) => [...new Set(values.filter(value => value !== null))]
  const known = {
    group: groups.map(({ id }) => id),
    tag: used(actions.flatMap(({ tags }) => tags)),
    placement: used(actions.map(({ placement }) => placement)),
  }
  const unknown = (['group', 'tag', 'placement'] as const).filter(
    key => cap[key] !== null && !known[key].includes(cap[key]),
  )
  const tighter = caps.find((other, m) => m !== n && impliedBy(cap, other) && (m < n || !impliedBy(other, cap)))
  const bound = tighter ? tighter.max * Math.ceil(cap.windowMs / tighter.windowMs) : 0
  if (unknown.length > 0) for (const key of unknown) mustBeKnown(report, at(key), key, cap[key]!, known[key])
  else if (matchesNothing(cap, actions))
    report(
      at('id'),
      `cap '${cap.id}' can never bind: no contact of an action is held back by it`,
      "remove it, or change what it counts: its channel, purpose, group, tag, placement or 'exempt'",
    )
  else if (tighter)
    report(
      at('max'),
      `cap '${cap.id}' can never bind: '${tighter.id}' is as tight or tighter`,
      bound > 1 ? `remove it, or write less than ${bound}` : 'remove it, or change what it counts',
    )
}

function checkBudget(release: Release, report: Report): void {
  const { budget, actions } = release
  if (!budget) return
  for (const channel of catalogOfRelease(release).declaration.channels) {
    const cost = budget.cost[channel] ?? 0
    const asks = actions.some(
      ({ treatments, purpose }) =>
        !budget.exempt.includes(purpose) && treatments.some(treatment => treatment.channel === channel),
    )
    if (asks && cost > budget.points)
      report(
        ['budget', 'cost', channel],
        `no ${channel} can ever be sent: it costs more than all ${budget.points} points`,
        `write at most ${budget.points}`,
      )
  }
  if (Object.values(budget.cost).every(cost => cost === 0))
    report(['budget', 'cost'], 'the budget can never bind: nothing costs points', 'write points for a channel')
}

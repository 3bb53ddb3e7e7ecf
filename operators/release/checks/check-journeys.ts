import { conditionLanguage } from '../compiled/compiled-journeys.ts'
import { mustBeKnown, mustBeUnique, type Path, type Report } from '../problem.ts'
import type { EventCondition, Journey, Release } from '../release.ts'
import { catalogOfRelease } from '../release-catalog.ts'
import type { JourneyFile, ReleaseFile } from '../release-file.ts'

/** Checks that journeys can begin, move through their stages, and end. */
export function checkJourneys(release: Release, file: ReleaseFile, report: Report): void {
  const { journeys = [] } = release
  mustBeUnique(
    report,
    'journey',
    journeys.map(({ id }) => id),
    n => ['journeys', n, 'id'],
  )
  journeys.forEach((journey, n) => {
    const path = ['journeys', n]
    for (const [condition, at] of placedConditions(journey, file.journeys![n]!))
      checkCondition(release, condition, [...path, ...at], report)
    mustBeUnique(
      report,
      'stage',
      journey.stages.map(({ id }) => id),
      s => [...path, 'stages', s, 'id'],
    )
    checkStages(journey, file.journeys![n]!, path, report)
  })
}

function placedConditions({ trigger, goal, exit, stages }: Journey, file: JourneyFile) {
  const placed: [EventCondition | null, Path][] = [
    [trigger, ['trigger']],
    [goal, ['goal']],
    ...exit.map((one, n): [EventCondition, Path] => [one, ['exit', n]]),
  ]
  stages.forEach(({ holdUntil, reset }, n) => {
    const hold = ['stages', n, 'holdUntil']
    placed.push([holdUntil, hold])
    placed.push([reset, file.stages[n]!.reset ? ['stages', n, 'reset'] : [...hold, 'reset']])
  })
  return placed.filter((one): one is [EventCondition, Path] => one[0] !== null)
}

function checkCondition(release: Release, { event, when }: EventCondition, path: Path, report: Report): void {
  const { events } = catalogOfRelease(release)
  mustBeKnown(report, [...path, 'event'], 'event type', event, [...events.keys()])
  if (when === null || !events.has(event)) return
  const fault = conditionLanguage(release, event).language.fault(when, 'bool')
  if (fault) report([...path, 'when'], fault.message, fault.remedy, { offset: fault.offset })
}

function checkStages({ id, stages, timeoutMs }: Journey, file: JourneyFile, path: Path, report: Report): void {
  let waited = 0
  stages.forEach((stage, n) => {
    const { wait, holdUntil, reset } = file.stages[n]!
    const at = [...path, 'stages', n]
    if (wait === undefined && holdUntil === undefined)
      report([...at, 'id'], `stage '${stage.id}' does not say how long it waits`, "add 'wait:', such as 30m")
    if (holdUntil !== undefined && wait !== undefined)
      report([...at, 'wait'], `stage '${stage.id}' waits and holds`, "remove 'wait': 'within' says how long it holds")
    else if (holdUntil !== undefined && reset)
      report([...at, 'reset'], `stage '${stage.id}' holds`, "write 'reset' into 'holdUntil'")
    if (waited + stage.waitMs >= timeoutMs && waited < timeoutMs)
      report(
        [...path, 'timeout'],
        `'${id}' ends at its timeout before stage '${stage.id}' is over`,
        `write a longer timeout than the stages wait in all, ${stages.reduce((sum, { waitMs }) => sum + waitMs, 0) / 60_000}m`,
      )
    waited += stage.waitMs
  })
}

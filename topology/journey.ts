import {
  activeIdentityRules,
  activeRelease,
  keepEarlierRelease,
  keepEarlierRules,
} from '../operators/deciding/active-release.ts'
import { agenda } from '../operators/deciding/agenda.ts'
import { consentJoin } from '../operators/deciding/consent-join.ts'
import { deduplication } from '../operators/deciding/deduplication.ts'
import { keepEventTypes } from '../operators/deciding/event-types.ts'
import { experimentArms } from '../operators/deciding/experiment-arms.ts'
import { fatigueLedger } from '../operators/deciding/fatigue-ledger.ts'
import { journeys } from '../operators/deciding/journeys.ts'
import { policyFilter } from '../operators/deciding/policy-filter.ts'
import { referenceTable } from '../operators/deciding/reference-table.ts'
import { scoreAndArbitrate } from '../operators/deciding/score-and-arbitrate.ts'
import { windowedFeatures } from '../operators/deciding/windowed-features.ts'
import { admission } from '../operators/intake/admission.ts'
import { schemaAnnouncements } from '../operators/intake/schema-announcements.ts'
import type { DecisionRequest } from '../operators/request.ts'
import { sourceMapping, sourcesByTopic } from '../operators/sources/source-mapping.ts'
import { identityStitching } from '../operators/stitching/identity-stitching.ts'
import { personMerging } from '../operators/stitching/person-merging.ts'
import type { Catalog } from '../schemas/catalog/catalog.ts'
import { firstCatalog } from '../schemas/catalog/first-catalog.ts'
import type { Control, Decision, PersonEvent } from '../schemas/generated.ts'
import { foreignTopic, sendsOn, topics } from '../schemas/topics.ts'
import { type Graph, type Stream, topology } from './graph/builder.ts'
import { plan } from './graph/plan.ts'
import type { Topology } from './graph/topology.ts'

/** Configures the main topology. */
export interface JourneySettings {
  /** The key that makes tokens from identifiers. Anyone who knows it can compute the token of an identifier. */
  readonly secret: string
  /** The words of the company, by which events are checked; those of version 0.1 by default. */
  readonly catalog?: Catalog
}

/** Offers the streams of deciding, keyed by person, to your own operators. */
export interface DecidingStreams {
  /** The events of a person, each once. */
  readonly event: Stream<PersonEvent>
  /** The requests for a decision. */
  readonly request: Stream<DecisionRequest>
  /** The decisions, as they stand on the log `decisions`. */
  readonly decision: Stream<Decision>
}

/** Adds your own operators to the shipped ones. */
export type Extension = (graph: Graph, deciding: DecidingStreams) => void

/** Builds the main topology, which turns what happens to a customer into one decision and at most one send. */
export function journey(settings: JourneySettings, extend?: Extension): Topology {
  const build = (topologyVersion: string) =>
    topology('joai', graph => {
      const deciding = wire(graph, settings, topologyVersion)
      return extend?.(graph, deciding)
    })
  return build(plan(build('')).version)
}

function wire(
  graph: Graph,
  { secret, catalog = firstCatalog }: JourneySettings,
  topologyVersion: string,
): DecidingStreams {
  // Intake: is this record valid, and which tokens identify its customer?
  const { event } = graph.source(topics.events, 'intake')
  const { consent, unreadable } = graph.source(topics.consents, 'intake')
  const { receipt } = graph.source(topics.receipts, 'intake')
  const { change } = graph.source(topics.reference, 'intake')
  const { control } = graph.source(topics.control, 'intake')
  const mapped = [...sourcesByTopic(catalog)].map(([name, sources]) => {
    const { record } = graph.source(foreignTopic(name), 'intake')
    return graph.process(sourceMapping(sources, catalog), { record })
  })
  const admitted = graph.process(admission({ secret, catalog }), {
    event: [event, ...mapped.map(source => source.event)],
    consent: [consent, ...mapped.map(source => source.consent)],
    unreadable,
    receipt: [receipt, ...mapped.map(source => source.receipt)],
    reference: [change, ...mapped.map(source => source.reference)],
    control,
  })

  // The people who fold an event must know its version.
  const announced = graph.process(schemaAnnouncements({ catalog }), { observed: admitted.observed })

  // Stitching, keyed by identifier or person: which person is this, and which persons are the same?
  const identities = graph.repartition(
    topics.identities,
    { observed: announced.observed, control: admitted.control },
    'stitching',
  )
  // The release before is kept before the next one takes its place.
  const { control: rules, quarantine: rulesQuarantine } = identities
  graph.process(keepEarlierRules, { control: rules, quarantine: rulesQuarantine })
  graph.process(activeIdentityRules, { control: rules, quarantine: rulesQuarantine })
  const stitched = graph.process(identityStitching({ secret }), {
    observed: identities.observed,
    linked: identities.linked,
  })
  const { merge, offer, accepted, refused } = identities
  const merged = graph.process(personMerging, { merge, offer, accepted, refused })
  graph.sink(topics.identities, {
    observed: stitched.observed,
    linked: stitched.linked,
    merge: [stitched.merge, merged.merge],
    offer: merged.offer,
    accepted: merged.accepted,
    refused: merged.refused,
  })
  graph.sink(topics.identityChanges, { change: merged.change })

  // Deciding, keyed by person, so that every row it needs is in the partition of the record.
  const people = graph.repartition(
    topics.people,
    {
      event: stitched.event,
      moved: merged.moved,
      receipt: admitted.receipt,
      reference: admitted.reference,
      schema: announced.schema,
      control: admitted.control,
    },
    'deciding',
  )
  graph.process(keepEarlierRelease, { control: people.control, quarantine: people.quarantine })
  graph.process(activeRelease, { control: people.control, quarantine: people.quarantine })
  graph.process(referenceTable, { update: people.reference })
  graph.process(keepEventTypes, { version: people.schema })
  const known = graph.process(deduplication, { event: people.event, receipt: people.receipt })
  const featured = graph.process(windowedFeatures, { event: known.event })
  // Journeys come first: an event that ends a journey cancels its sends before the same event requests a decision.
  const travelled = graph.process(journeys, { event: featured.event })
  const request = graph.process(agenda, { event: featured.event, request: travelled.request })
  const consented = graph.process(consentJoin, { event: featured.event.filter(isConsent), request })
  const assigned = graph.process(experimentArms, { request: consented })
  const filtered = graph.process(policyFilter, { request: assigned })
  const decided = graph.process(scoreAndArbitrate({ topologyVersion }), { request: filtered })
  const booked = graph.process(fatigueLedger, {
    decision: decided,
    receipt: known.receipt,
    event: featured.event.filter(concernsLedger),
    left: travelled.cancel,
    stop: people.control.filter(isStop),
    rows: people.rows,
  })

  graph.sink(topics.decisions, { decision: booked.decision })
  for (const channel of catalog.declaration.channels)
    graph.sink(sendsOn(channel), { send: booked.send.filter(send => send.channel === channel) })
  graph.sink(topics.journeys, { ended: travelled.ended })
  graph.sink(topics.rewards, { reward: booked.reward })
  graph.sink(topics.deadLetters, { letter: [featured.late, travelled.failed, booked.unknown] })
  return { event: featured.event, request, decision: booked.decision }
}

const isStop = ({ kind }: Control) => kind === 'stop'
// PERF: most events are neither, so the consents and the ledger of their person need not be decoded.
const isConsent = ({ type }: PersonEvent) => type === 'consent_changed' || type === 'consent_unreadable'
const concernsLedger = (event: PersonEvent) =>
  isConsent(event) || event.type === 'exposure' || event.type === 'redemption'

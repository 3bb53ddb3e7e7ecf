import { type AvroSchema, schema } from '../../schemas/codec/schema.ts'

/** The schemas of rows that earlier versions of this code wrote, as their tables list them under `previous`. */
const earlier = (json: string) => schema<unknown>(JSON.parse(json) as AvroSchema)

/** The ledger before cancelled contacts went on counting, and before each deferred decision had a time of its own. */
export const ledgerRow1 = earlier(
  '{"name":"joai.LedgerRow","type":"record","fields":[{"name":"contacts","type":{"type":"array","items":{"name":"joai.LedgerContact","type":"record","fields":[{"name":"decisionId","type":"string"},{"name":"actionId","type":"string"},{"name":"treatmentId","type":"string"},{"name":"group","type":"string"},{"name":"channel","type":"string"},{"name":"purpose","type":"string"},{"name":"tags","type":{"type":"array","items":"string"}},{"name":"placement","type":"string"},{"name":"points","type":"double"},{"name":"at","type":"long"},{"name":"state","type":{"name":"joai.ContactState","type":"enum","symbols":["reserved","confirmed","imported"]}},{"name":"until","type":["null","long"],"default":null},{"name":"personId","type":"string","default":""},{"name":"journey","type":"string","default":""}]}}},{"name":"outcomes","type":{"type":"array","items":{"name":"joai.LedgerOutcome","type":"record","fields":[{"name":"id","type":"string"},{"name":"decisionId","type":"string"},{"name":"actionId","type":"string"},{"name":"group","type":"string"},{"name":"purpose","type":"string"},{"name":"kind","type":{"name":"joai.ReceiptKind","type":"enum","symbols":["delivered","bounced","opened","clicked","converted","complained","unsubscribed","ignored","rejected"]}},{"name":"at","type":"long"}]}}},{"name":"suppressions","type":{"type":"array","items":{"name":"joai.LedgerSuppression","type":"record","fields":[{"name":"id","type":"string"},{"name":"scope","type":{"name":"joai.SuppressionScope","type":"enum","symbols":["action","group","purpose"]}},{"name":"of","type":"string"},{"name":"until","type":"long"}]}}},{"name":"deferred","type":["null",{"name":"joai.LedgerDeferral","type":"record","fields":[{"name":"decisionIds","type":{"type":"array","items":"string"}},{"name":"notBefore","type":"long"},{"name":"waiting","type":{"type":"array","items":{"name":"joai.DeferredCandidate","type":"record","fields":[{"name":"purpose","type":"string"},{"name":"channel","type":"string"},{"name":"journey","type":"string","default":""},{"name":"stage","type":"string","default":""}]}},"default":[]}]}],"default":null},{"name":"counters","type":{"name":"joai.LedgerCounters","type":"record","fields":[{"name":"returned","type":"int"},{"name":"cancelled","type":"int"},{"name":"unknown","type":"int"},{"name":"unjoined","type":"int"}]}}]}',
)

/** The agenda before it kept the requests that wait. */
export const agendaRow1 = earlier(
  '{"name":"joai.AgendaRow","type":"record","fields":[{"name":"wakes","type":"int","default":0}]}',
)

/** The agenda before an event named the version of its type. */
export const agendaRow2 = earlier(
  '{"name":"joai.AgendaRow","type":"record","fields":[{"name":"wakes","type":"int","default":0},{"name":"waiting","type":{"type":"array","items":{"name":"joai.WaitingRequest","type":"record","fields":[{"name":"decisionId","type":"string"},{"name":"askedAt","type":"long"},{"name":"journey","type":"string"},{"name":"stage","type":"string"},{"name":"event","type":["null",{"name":"joai.PersonEvent","type":"record","fields":[{"name":"personId","type":"string"},{"name":"eventId","type":"string"},{"name":"type","type":"string"},{"name":"occurredAt","type":"long"},{"name":"source","type":"string"},{"name":"origin","type":{"name":"joai.Position","type":"record","fields":[{"name":"topic","type":"string"},{"name":"partition","type":"int"},{"name":"offset","type":"long"}]}},{"name":"payload","type":"bytes"},{"name":"identifiedBy","type":"string","default":""}]}],"default":null}]}},"default":[]}]}',
)

/** The journeys before a run knew the event that began it. */
export const journeysRow1 = earlier(
  '{"name":"joai.JourneysRow","type":"record","fields":[{"name":"runs","type":{"type":"array","items":{"name":"joai.JourneyRun","type":"record","fields":[{"name":"id","type":"string"},{"name":"stage","type":"string"},{"name":"passed","type":"int"},{"name":"enteredAt","type":"long"},{"name":"waitingUntil","type":"long"}]}}},{"name":"ended","type":{"type":"array","items":{"name":"joai.JourneyPast","type":"record","fields":[{"name":"id","type":"string"},{"name":"how","type":{"name":"joai.JourneyEnding","type":"enum","symbols":["goal","exit","timeout"]}},{"name":"at","type":"long"},{"name":"goals","type":"int"}]}}}]}',
)

/** What was seen before events and receipts were named by more than their ids. */
export const seenRow1 = earlier(
  '{"name":"joai.SeenRow","type":"record","fields":[{"name":"ids","type":{"type":"array","items":{"name":"joai.SeenId","type":"record","fields":[{"name":"id","type":"string"},{"name":"at","type":"long"}]}}},{"name":"dropped","type":"int","default":0}]}',
)

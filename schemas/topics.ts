import {
  Accepted,
  ConsentChange,
  Control,
  CustomerEvent,
  DeadLetter,
  Decision,
  EventTypeVersion,
  ForeignRecord,
  IdentityChange,
  JourneyEnded,
  Linked,
  Merge,
  Moved,
  MovedRows,
  Observed,
  Offer,
  PersonEvent,
  PersonReceipt,
  Quarantine,
  Receipt,
  ReferenceChange,
  ReferenceUpdate,
  Refused,
  Reward,
  Send,
  Tick,
  UnreadableConsent,
} from './generated.ts'
import { broadcast, keyed, salvaged, topic } from './record.ts'

const byPerson = (value: { readonly personId: string }) => value.personId
const tick = broadcast(Tick)
/** The release before the one in force is a row that every key of a partition shares. */
const earlier = () => 'earlier'
const control = broadcast(Control, earlier)
const quarantine = broadcast(Quarantine, earlier)

/** Declares every log of the main topology. `sends`, one topic for each channel, is declared below. */
export const topics = {
  events: topic('events', 'input', { event: keyed(CustomerEvent, event => event.eventId), tick }),
  consents: topic('consents', 'input', {
    consent: keyed(ConsentChange, change => change.eventId),
    unreadable: salvaged(UnreadableConsent),
    tick,
  }),
  receipts: topic('receipts', 'input', { receipt: keyed(Receipt, ({ receiptId }) => receiptId), tick }),
  reference: topic('reference', 'input', { change: keyed(ReferenceChange, ({ changeId }) => changeId), tick }),
  control: topic('control', 'input', { control: keyed(Control, change => change.controlId), tick }),
  identities: topic('identities', 'internal', {
    observed: keyed(Observed, ({ tokens }) => tokens[0]!.token),
    linked: keyed(Linked, ({ token }) => token.token),
    merge: keyed(Merge, byPerson),
    offer: keyed(Offer, byPerson),
    accepted: keyed(Accepted, byPerson),
    refused: keyed(Refused, byPerson),
    control,
    quarantine,
    tick,
  }),
  people: topic(
    'people',
    'internal',
    {
      event: keyed(PersonEvent, byPerson),
      receipt: keyed(PersonReceipt, byPerson),
      moved: keyed(Moved, byPerson),
      rows: keyed(MovedRows, byPerson),
      reference: broadcast(ReferenceUpdate, ({ key }) => key),
      schema: broadcast(EventTypeVersion, ({ hash }) => hash),
      control,
      quarantine,
      tick,
    },
    { moves: true },
  ),
  decisions: topic(
    'decisions',
    'public',
    { decision: keyed(Decision, ({ subject }) => subject.personId) },
    { chained: true },
  ),
  rewards: topic('rewards', 'public', { reward: keyed(Reward, ({ modelId }) => modelId) }),
  journeys: topic('journeys', 'public', { ended: keyed(JourneyEnded, byPerson) }),
  identityChanges: topic('identity-changes', 'public', { change: keyed(IdentityChange, byPerson) }),
  deadLetters: topic('dead-letters', 'public', {
    letter: keyed(DeadLetter, ({ position }) => `${position.topic}/${position.partition}/${position.offset}`),
  }),
}

/** Carries the time of a live application: a record's append time is the time, and its bytes mean nothing. */
export const ticks = topic('ticks', 'input', { tick })

/** Declares a topic that is not ours. */
export const foreignTopic = (name: string) =>
  topic(name, 'input', { record: keyed(ForeignRecord, ({ key }) => key), tick }, { foreign: true })

const sendsTopic = (channel: string) => topic(`sends.${channel}`, 'public', { send: keyed(Send, byPerson) })
const sends = new Map<string, ReturnType<typeof sendsTopic>>()

/** The topic with the sends of a channel, the same one each time. */
export function sendsOn(channel: string): ReturnType<typeof sendsTopic> {
  const known = sends.get(channel)
  if (known) return known
  const declared = sendsTopic(channel)
  sends.set(channel, declared)
  return declared
}

/** The channels whose topics are among these, in their order. */
export const channelsAmong = (names: Iterable<string>): readonly string[] =>
  [...names].flatMap(name => (name.startsWith('sends.') ? [name.slice('sends.'.length)] : []))

"""Produces to the inputs of an application with stock clients, and says what should become of each record.

Its settings are in BROKERS, REGISTRY and PREFIX. The last line of its output is JSON: "sent" has the position of each event by
its id, "letters" the positions of records that must become dead letters, with reasons, "aborted" the ids of events that nobody may see.
"""

import copy
import io
import json
import os
import time
import urllib.request
import uuid

import fastavro
from confluent_kafka import Producer

BROKERS, REGISTRY, PREFIX = (os.environ[name] for name in ("BROKERS", "REGISTRY", "PREFIX"))
EVENTS = PREFIX + "events"
SUBJECT = "events-joai.CustomerEvent"
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
COPIED = [
    [("joai-cause", b'["intake/events/0",0,1,"x",[]]')],
    [("joai-cause", b'["other/topic/0",3,7,"x",[0]]'), ("joai-cause", b"\xff\xfe")],
    [("joai-cause", None), ("traceparent", b"00-1-2-03")],
    [("h", b"1"), ("h", b"2")],
    [],
]
BAD = [(b"\x01abc", "bad-frame"), (b"{}", "missing-field"), (b"", "bad-frame"), (None, "bad-frame"), (b'{"eventId":', "bad-json")]
sent, letters, aborted = {}, [], []


def page(event_id, **more):
    customer = {"type": "customer_id", "value": f"python-{event_id}"}
    data = {"url": "/" + "x" * 200, "productId": "tea"}
    return {"eventId": event_id, "type": "page_viewed", "occurredAt": int(time.time() * 1000), "identifiers": [customer], "data": data, **more}


def as_sent(event_id):
    def on_delivery(error, message):
        assert error is None, error
        sent[event_id] = [message.partition(), message.offset()]

    return on_delivery


def as_letter(reason):
    def on_delivery(error, message):
        assert error is None, error
        letters.append([message.partition(), message.offset(), reason])

    return on_delivery


def produce(producer, tag, count):
    for i in range(count):
        event_id = f"{tag}-{i}-{uuid.uuid4().hex[:6]}"
        key = None if i % 2 else f"k{i}"
        producer.produce(EVENTS, json.dumps(page(event_id)).encode(), key=key, headers=COPIED[i % 5], on_delivery=as_sent(event_id))
        if i % 8 == 3:
            value, reason = BAD[i // 8 % len(BAD)]
            producer.produce(EVENTS, value, key="bad", on_delivery=as_letter(reason))


def with_codecs():
    for codec in CODECS:
        settings = {"bootstrap.servers": BROKERS, "compression.type": codec, "linger.ms": 20, "batch.num.messages": 10}
        for mode in ["plain", "idempotent", "transactional"]:
            producer = Producer(
                {
                    **settings,
                    "enable.idempotence": mode != "plain",
                    **({"transactional.id": f"{PREFIX}python-{codec}"} if mode == "transactional" else {}),
                }
            )
            tag = f"{codec}-{mode}"
            if mode != "transactional":
                produce(producer, tag, 40)
                producer.flush()
                continue
            producer.init_transactions()
            producer.begin_transaction()
            produce(producer, tag, 20)
            producer.commit_transaction()
            producer.begin_transaction()
            for i in range(10):
                event_id = f"{tag}-aborted-{i}-{uuid.uuid4().hex[:6]}"
                aborted.append(event_id)
                producer.produce(EVENTS, json.dumps(page(event_id)).encode())
            producer.flush()
            producer.abort_transaction()
            producer.begin_transaction()
            produce(producer, f"{tag}-again", 20)
            producer.commit_transaction()


def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{REGISTRY}/{path}", data, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


OURS = json.loads(ask(f"subjects/{SUBJECT}/versions/latest")["schema"])


def changed(change):
    schema = copy.deepcopy(OURS)
    change(schema, {field["name"]: field for field in schema["fields"]})
    return schema


def retyped(name, kind, **more):
    def change(_, fields):
        fields[name].pop("default", None)
        fields[name].update(type=kind, **more)

    return changed(change)


def added(**field):
    return changed(lambda schema, _: schema["fields"].insert(1, field))


def reordered():
    return changed(lambda schema, _: schema["fields"].reverse())


def without(*names):
    return changed(lambda schema, _: schema.update(fields=[f for f in schema["fields"] if f["name"] not in names]))


def branches(change):
    return changed(lambda _, fields: fields["data"].update(type=change(fields["data"]["type"])))


NEWEST = {"type": "record", "name": "Newest", "namespace": "joai", "fields": [{"name": "a", "type": "int"}]}
PAGE = {"type": "record", "name": "PageViewed", "namespace": "acme", "fields": [{"name": "url", "type": "string"}, {"name": "productId", "type": ["null", "string"]}]}
SCROLL = {"to": 0.5, "at": 7, "seen": [None, True, "top", {"id": "a"}]}
KIND = {"type": "enum", "name": "Kind", "namespace": "acme", "symbols": ["A", "B"]}


def opened(value):
    """Writes a dictionary as `joai.OpenData`, whose fields are names and values."""
    if isinstance(value, dict):
        return {"fields": [{"name": name, "value": opened(one)} for name, one in value.items()]}
    return [opened(one) for one in value] if isinstance(value, list) else value


def named(branch):
    return branch["name"].split(".")[-1] if isinstance(branch, dict) else branch


def versions():
    """Each has a name, a schema, what its event has besides, and the reason for which it can't be read."""
    optional = retyped("source", ["null", "string"], default=None)
    one_more = branches(lambda types: [NEWEST, *types])
    yield "same", OURS, {}, None
    yield "reordered", reordered(), {}, None
    yield "optional-with-a-value", optional, {"source": "crm"}, None
    yield "optional-without", optional, {"source": None}, "unresolvable-value"
    yield "optional-id", retyped("eventId", ["null", "string"]), {}, None
    yield "optional-time", retyped("occurredAt", ["null", "long"]), {}, None
    yield "one-more-branch", one_more, {}, None
    yield "fields-of-another-type", one_more, {"data": ("joai.Newest", {"a": 1})}, "missing-field"
    yield "fewer-branches", branches(lambda types: [t for t in types if named(t) == "OpenData"]), {}, None
    yield "no-union", branches(lambda types: next(t for t in types if named(t) == "OpenData")), {"data": opened({"url": "/"})}, None
    yield "a-record-for-each-type", branches(lambda _: [NEWEST, PAGE]), {"data": ("acme.PageViewed", {"url": "/", "productId": None})}, None
    yield "one-record", branches(lambda _: PAGE), {"data": {"url": "/", "productId": "p"}}, None
    yield "more-fields", OURS, {"data": ("joai.OpenData", opened({"url": "/", "scroll": SCROLL, "none": None}))}, None
    yield "another-version-of-the-data", OURS, {"data": ("joai.EncodedData", {"schema": "0123456789abcdef", "payload": b"x"})}, "unknown-schema"
    yield "one-more-text", added(name="tenant", type=["null", "string"]), {"tenant": "t"}, None
    yield "one-more-enum", added(name="kind", type=KIND), {"kind": "B"}, None
    yield "one-more-list", added(name="tags", type={"type": "array", "items": ["null", KIND]}), {"tags": ["A", None]}, None
    yield "default-that-does-not-fit", added(name="tenant", type=["string", "null"], default=None), {"tenant": "t"}, None
    yield "without-defaulted", without("source", "schemaVersion"), {}, None
    yield "logical-time", retyped("occurredAt", {"type": "long", "logicalType": "timestamp-millis"}), {}, None
    yield "logical-id", retyped("eventId", {"type": "string", "avro.java.string": "String"}), {}, None
    yield "renamed-field", changed(lambda _, fields: fields["eventId"].update(name="id")), {"id": "x"}, "unresolvable-value"
    yield "other-namespace", changed(lambda schema, _: schema.update(namespace="com.acme")), {}, None
    yield "int-as-long", retyped("schemaVersion", "int"), {}, None


def write_avro(producer, name, schema, more, reason):
    # Of a subject of its own, since BACKWARD would refuse what a careless producer registers elsewhere.
    schema_id = ask(f"subjects/{PREFIX}{name}/versions", {"schema": json.dumps(schema)})["id"]
    event_id = f"avro-{name}-{uuid.uuid4().hex[:6]}"
    value = page(event_id, source="", schemaVersion=1)
    value["data"] = ("joai.OpenData", opened(value["data"]))
    # Java and fastavro accept defaults that do not fit; fastavro's writer needs none.
    plain = copy.deepcopy(schema)
    for field in plain["fields"]:
        field.pop("default", None)
    payload = io.BytesIO()
    fastavro.schemaless_writer(payload, fastavro.parse_schema(plain), {**value, **more})
    framed = b"\0" + schema_id.to_bytes(4, "big") + payload.getvalue()
    producer.produce(EVENTS, framed, on_delivery=as_letter(reason) if reason else as_sent(event_id))


with_codecs()
avro = Producer({"bootstrap.servers": BROKERS, "compression.type": "zstd"})
for version in versions():
    write_avro(avro, *version)
avro.flush()
print(json.dumps({"sent": sent, "letters": sorted(letters), "aborted": aborted}))

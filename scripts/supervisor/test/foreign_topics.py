"""Writes topics of a company as stock clients do: JSON, Avro of its own, changes as Debezium writes them, and CloudEvents.

Its settings are in BROKERS, REGISTRY and NAME, which begins the names of its topics. Creates the topics, in which something is long since, when asked to `create`.
"""

import io
import json
import os
import struct
import sys
import urllib.request

import fastavro
from cloudevents.http import CloudEvent
from cloudevents.kafka import to_binary, to_structured
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

BROKERS, REGISTRY, NAME = (os.environ[name] for name in ("BROKERS", "REGISTRY", "NAME"))
TOPICS = {"orders": 2, "payments": 3, "accounts": 1, "visits": 2}

PAYMENT = {
    "type": "record",
    "name": "Payment",
    "namespace": "acme.core",
    "fields": [
        {"name": "no", "type": "long"},
        {"name": "customer", "type": "string"},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["CARD", "TRANSFER"]}},
        {"name": "note", "type": ["null", "string", "long"], "default": None},
        {"name": "tags", "type": {"type": "map", "values": "string"}},
    ],
}


def create():
    admin = AdminClient({"bootstrap.servers": BROKERS})
    for future in admin.create_topics([NewTopic(f"{NAME}.{topic}", count, 1) for topic, count in TOPICS.items()]).values():
        future.result()
    producer = Producer({"bootstrap.servers": BROKERS})
    long_ago = 1_700_000_000_000
    old = {"no": "old", "customer": "c0", "cents": 1250, "at": long_ago}
    for partition in range(TOPICS["orders"]):
        producer.produce(f"{NAME}.orders", json.dumps(old).encode(), partition=partition, timestamp=long_ago)
    producer.flush()


def registered(schema):
    body = json.dumps({"schema": json.dumps(schema)}).encode()
    request = urllib.request.Request(f"{REGISTRY}/subjects/{NAME}.payments-value/versions", body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))["id"]


def framed(id, schema, value):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return struct.pack(">bI", 0, id) + out.getvalue()


def write():
    from datetime import datetime, timezone
    from decimal import Decimal

    now = datetime.now(timezone.utc)
    producer = Producer({"bootstrap.servers": BROKERS})
    orders, payments, accounts, visits = (f"{NAME}.{topic}" for topic in TOPICS)

    for n in range(4):
        order = {"no": f"o{n}", "customer": f"c{n}", "cents": 1250, "at": now.isoformat()}
        producer.produce(orders, json.dumps(order).encode(), key=f"c{n}", headers=[("kind", b"test" if n == 3 else b"real")])
    for n in range(20):
        producer.produce(orders, json.dumps({"no": f"bad{n}", "customer": "c0", "cents": f"secret-{n}", "at": now.isoformat()}).encode())

    id = registered(PAYMENT)
    for n in range(3):
        payment = {"no": n, "customer": f"c{n}", "amount": Decimal("-12.34"), "at": now, "kind": "CARD", "note": "a note", "tags": {"shop": "s1"}}
        producer.produce(payments, framed(id, PAYMENT, payment), key=f"c{n}")
    producer.produce(payments, struct.pack(">bI", 0, id) + b"\xff\xff")

    source = {"version": "3.0.0.Final", "connector": "postgresql", "db": "core", "table": "accounts"}
    row = {"id": 7, "owner": "c0", "balance": 10}
    changes = [("r", None, row), ("c", None, row), ("u", row, {**row, "balance": 20}), ("d", {**row, "balance": 20}, None)]
    for lsn, (op, before, after) in enumerate(changes):
        change = {"before": before, "after": after, "op": op, "ts_ms": int(now.timestamp() * 1000), "source": {**source, "lsn": lsn}}
        value = {"schema": {"type": "struct"}, "payload": change} if op == "u" else change
        producer.produce(accounts, json.dumps(value).encode(), key=json.dumps({"id": 7}))
    producer.produce(accounts, None, key=json.dumps({"id": 7}))

    for n, convert in enumerate([to_binary, to_structured]):
        event = CloudEvent({"id": f"v{n}", "source": "/shop", "type": "acme.visit", "subject": f"c{n}"}, {"page": f"/p{n}"})
        event["datacontenttype"] = "application/json"
        message = convert(event)
        producer.produce(visits, message.value, key=message.key, headers=list(message.headers.items()))
    wrong = [("ce_specversion", b"0.3"), ("ce_id", b"x"), ("ce_source", b"/shop"), ("ce_type", b"acme.visit"), ("content-type", b"application/json")]
    producer.produce(visits, b"{}", headers=wrong)
    producer.flush()


create() if sys.argv[1:] == ["create"] else write()

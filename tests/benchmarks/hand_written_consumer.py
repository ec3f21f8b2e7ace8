"""The peer: a batch consumer as one would write it by hand with confluent-kafka and psycopg, doing the same
SQL.

Positions and journal in one statement per batch of 500, the ledger's two statements per event; no poison, no
gaps, no retries. Usage: hand_written_consumer.py BOOTSTRAP DSN COUNT
"""

import json
import sys

import psycopg
from confluent_kafka import Consumer

LEDGER = "INSERT INTO orders.ledger (key, sequence, event_id) VALUES (%s, %s, %s)"
COUNT = (
    "INSERT INTO orders.client_count AS c VALUES (%s, 1, %s) ON CONFLICT (key) DO UPDATE"
    " SET events = c.events + 1, names = excluded.names"
)
POSITION = """INSERT INTO orders.last_sequence SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])
    ON CONFLICT (topic, key) DO UPDATE SET sequence = excluded.sequence"""
JOURNAL = """INSERT INTO orders.journal (topic, key, sequence, event_id, type, envelope, partition, "offset",
    correlation_id, occurred_at, applied_at)
    SELECT *, clock_timestamp() FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::uuid[], %s::text[],
    %s::bytea[],
    %s::int[], %s::bigint[], %s::text[], %s::timestamptz[])"""


def main(bootstrap: str, dsn: str, count: int) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "by-hand",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 10,
        }
    )
    consumer.subscribe(["dm.sales.leads"])
    done = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        while done < count:
            messages = consumer.consume(500, 0.05)
            if messages:
                apply(connection, messages)
                consumer.commit(asynchronous=False)
                done += len(messages)
    consumer.close()


def apply(connection: psycopg.Connection, messages: list) -> None:
    events = [(message, json.loads(message.value())) for message in messages]
    keys = sorted({(message.topic(), event["partitionkey"]) for message, event in events})
    with connection.transaction(), connection.cursor() as cursor:
        position = {
            (topic, key): sequence
            for topic, key, sequence in cursor.execute(
                "SELECT topic, key, sequence FROM orders.last_sequence WHERE key = ANY(%s)"
                " ORDER BY topic, key FOR UPDATE",
                [[key for _, key in keys]],
            )
        }
        rows = []
        for message, event in events:
            place = (message.topic(), event["partitionkey"])
            if event["sequence"] <= position.get(place, 0):
                continue
            position[place] = event["sequence"]
            cursor.execute(LEDGER, [place[1], event["sequence"], event["id"]])
            cursor.execute(COUNT, [event["data"]["client_number"], event["data"]["name"]])
            rows.append(
                (
                    *place,
                    event["sequence"],
                    event["id"],
                    event["type"],
                    message.value(),
                    message.partition(),
                    message.offset(),
                    event["correlationid"],
                    event["time"],
                )
            )
        cursor.execute(
            POSITION,
            [list(column) for column in zip(*((*key, position[key]) for key in keys), strict=True)],
        )
        if rows:
            cursor.execute(JOURNAL, [list(column) for column in zip(*rows, strict=True)])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

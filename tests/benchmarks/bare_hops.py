"""What a hop costs with nothing of ours around it; each function returns one that measures once (seconds)."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Queue

import aiokafka
import psycopg
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

ROW = b"x" * 800
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # its consumer outlives the broker


def commit_and_notify(dsn: str) -> Callable[[], float]:
    """A transaction with one row and a NOTIFY, until another connection hears it."""
    heard: Queue[float] = Queue()
    writing = psycopg.connect(dsn, autocommit=True)
    writing.execute("CREATE TABLE IF NOT EXISTS bare_hop (id bigserial PRIMARY KEY, body bytea)")

    def listen() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("LISTEN bare_hop")
            with suppress(psycopg.OperationalError):  # its server ends before it
                for _ in connection.notifies():
                    heard.put(time.perf_counter())

    threading.Thread(target=listen, daemon=True).start()
    time.sleep(0.5)

    def once() -> float:
        began = time.perf_counter()
        with writing.transaction():
            writing.execute("INSERT INTO bare_hop (body) VALUES (%s)", [ROW])
            writing.execute("NOTIFY bare_hop")
        return heard.get(timeout=10) - began

    return once


def produce_and_consume(broker: str) -> Callable[[], float]:
    """A record handed to a producer that does not linger, until a consumer (fetch wait 10 ms) has it."""
    heard: Queue[float] = Queue()
    admin = AdminClient({"bootstrap.servers": broker})
    admin.create_topics([NewTopic("bare.hop", 1)])["bare.hop"].result(10)
    producer = Producer({"bootstrap.servers": broker, "linger.ms": 0, "enable.idempotence": True})

    async def consume() -> None:
        consumer = aiokafka.AIOKafkaConsumer(
            "bare.hop", bootstrap_servers=broker, fetch_max_wait_ms=10
        )
        await consumer.start()
        async for _ in consumer:
            heard.put(time.perf_counter())

    threading.Thread(target=asyncio.run, args=(consume(),), daemon=True).start()
    time.sleep(2)

    def once() -> float:
        began = time.perf_counter()
        producer.produce("bare.hop", value=ROW)
        producer.flush(10)
        return heard.get(timeout=10) - began

    return once


def write_to_socket() -> Callable[[], float]:
    """One server-sent event over a loopback connection."""
    server = socket.create_server(("127.0.0.1", 0))
    reader = socket.create_connection(server.getsockname())
    writer, _ = server.accept()
    heard: Queue[float] = Queue()

    def read() -> None:
        while reader.recv(65536):
            heard.put(time.perf_counter())

    threading.Thread(target=read, daemon=True).start()

    def once() -> float:
        began = time.perf_counter()
        writer.sendall(ROW)
        return heard.get(timeout=10) - began

    return once

"""A Kafka that takes encrypted connections with a password only, as others run it: settings alone suffice."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from confluent_kafka import KafkaException
from cryptography.hazmat.primitives import serialization

from consumers.relay.topics import admin_client
from settings import settings
from stack.native.kafka import java
from tests.conftest import free_port
from tests.consumers import ledger
from tests.consumers.conftest import Processes, settled, wait_for
from tests.consumers.ledger import NONE

pytestmark = pytest.mark.native
USER, PASSWORD = "dm", "p@ss word:1%"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
listeners=CLIENTS://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=CLIENTS:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
ssl.keystore.type=PEM
ssl.keystore.location={keys}
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.clients.scram-sha-512.sasl.jaas.config={login}
"""


@pytest.fixture
def authority() -> trustme.CA:
    """Whoever vouches for the broker's certificate."""
    return trustme.CA()


@pytest.fixture
def guarded(
    processes: Processes, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Processes]:
    """Such a Kafka, and the settings with which our processes reach it."""
    folder = tmp_path / "kafka"
    folder.mkdir()
    keys = key_store(authority, folder / "keys.pem")
    properties = folder / "server.properties"
    properties.write_text(
        PROPERTIES.format(
            port=processes.port,
            internal=free_port(),
            controller=free_port(),
            keys=keys,
            login=LOGIN,
        )
    )
    scram = f'SCRAM-SHA-512=[name={USER},password="{PASSWORD}"]'
    words = ["format", "--cluster-id", "MkU3OEVBNTcwNTJENDM2Qg", "--config", str(properties)]
    subprocess.run(
        java("kafka.tools.StorageTool", *words, "--add-scram", scram),
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    start = "import os, sys; os.chdir(sys.argv[1]); os.execvp(sys.argv[2], sys.argv[2:])"
    command = java("kafka.Kafka", str(properties), heap="256m")
    processes.start(sys.executable, "-c", start, folder, *command, name="kafka")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name, value in {
        "SECURITY": "sasl_ssl",
        "CA_FILE": str(tmp_path / "ca.pem"),
        "USERNAME": USER,
        "PASSWORD": PASSWORD,
    }.items():
        monkeypatch.setenv(f"DM_KAFKA_{name}", value)
    settings.cache_clear()
    wait_for("Kafka ready", is_reached)
    yield processes
    settings.cache_clear()


def key_store(authority: trustme.CA, path: Path) -> Path:
    """The broker's key and certificate in the one form that Kafka reads."""
    issued = authority.issue_cert("127.0.0.1")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    form, open_to_all = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, open_to_all)
        + issued.cert_chain_pems[0].bytes()
    )
    return path


def is_reached() -> bool:
    """Whether the settings lead to the broker."""
    try:
        return bool(admin_client().list_topics(timeout=5).brokers)
    except KafkaException:
        return False


def test_relay_and_worker_reach_a_kafka_that_asks_for_encryption_and_a_password(
    ledger_tables: str, guarded: Processes
) -> None:
    guarded.relay()
    guarded.worker()
    expected = ledger.publish(keys=5, each=10)
    assert settled(ledger_tables, expected) == NONE
    for log in ("relay", "worker"):
        assert PASSWORD not in (guarded.folder / f"{log}.log").read_text()


def test_what_is_not_as_the_broker_wants_it_is_refused_and_no_password_is_told(
    guarded: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(stranger)
    for name, value in {
        "PASSWORD": "another one",
        "CA_FILE": str(stranger),
        "SECURITY": "plaintext",
    }.items():
        with monkeypatch.context() as patch:
            patch.setenv(f"DM_KAFKA_{name}", value)
            settings.cache_clear()
            assert not is_reached(), name
    settings.cache_clear()
    assert is_reached(), "with the settings as they were"
    guarded.relay(await_ready=False, DM_KAFKA_PASSWORD="another one")
    log = guarded.folder / "relay.log"
    wait_for("the relay says so", lambda: "broker" in log.read_text().lower())
    assert "another one" not in log.read_text()

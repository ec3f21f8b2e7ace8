"""`python -m stack.native.kafka FOLDER PORT CONTROLLER_PORT`: one Apache Kafka in KRaft mode.

It is broker and controller in one. It execs Kafka, so that the supervisor's signals reach the
broker.
"""

import os
import subprocess
import sys
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from stack.native import artifacts

LOGGING = Path(__file__).parent / "kafka_log4j2.properties"
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
log.dirs=data
auto.create.topics.enable=false
num.network.threads=2
num.io.threads=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""


def main() -> None:
    """Format the folder at the first start, then run the broker."""
    folder, port, controller = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(
        folder
    )  # log.dirs is relative: the broker cannot read a path with a comma, backslash or accent
    properties = Path("server.properties")
    properties.write_text(PROPERTIES.format(port=port, controller=controller))
    if not Path("data", "meta.properties").exists():
        words = ["format", "--cluster-id", _cluster_id(), "--config", str(properties)]
        subprocess.run(
            java("kafka.tools.StorageTool", *words), check=True, stdout=subprocess.DEVNULL
        )
    command = java("kafka.Kafka", str(properties), heap="256m")
    os.execvp(command[0], command)  # noqa: S606


def java(main_class: str, *words: str, heap: str = "128m") -> list[str]:
    """Return the command line of one of Kafka's programs: the broker or a tool."""
    return [
        "java",
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        f"-Dlog4j2.configurationFile={LOGGING}",
        "-cp",
        f"{artifacts.libraries()}/*",
        main_class,
        *words,
    ]


def _cluster_id() -> str:
    return (
        urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A", 1)
    )  # the tool would take a leading dash for an option


if __name__ == "__main__":
    main()

"""`python -m stack.topics`: create or update the broker's topics from stack/topics.toml.

Safe to run again; `--check` changes nothing. Exits with 1 and lists the differences that it may not
change by itself.
"""

import sys
import tomllib
from pathlib import Path

DESCRIPTION = tomllib.loads((Path(__file__).parent / "topics.toml").read_text())


def main(words: list[str]) -> int:
    """Create what is missing, set what may be set, and report what remains."""
    from confluent_kafka import KafkaException

    try:
        return _compare(words)
    except KafkaException as error:
        print(f"The broker does not answer: {error.args[0]}", file=sys.stderr)
        return 1


def _compare(words: list[str]) -> int:
    from consumers.relay.topics import admin_client, bring_in_line, drift
    from models.shared.events.catalogue import TOPICS

    admin = admin_client()
    if words != ["--check"]:
        for line in bring_in_line(admin):
            print(line)
    remaining = drift(admin)
    for line in remaining:
        print(f"DRIFT {line}")
    if not remaining:
        print(f"{len(TOPICS)} topics are as described, {DESCRIPTION['partitions']} partitions each")
    return 1 if remaining else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

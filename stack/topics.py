"""`python -m stack.topics` makes the topics of stack/topics.toml at the broker; safe to run again."""

import tomllib
from pathlib import Path

DESCRIPTION = tomllib.loads((Path(__file__).parent / "topics.toml").read_text())


def main() -> None:
    """Creates what is missing, and says what stands."""
    from consumers.topics import admin_client, ensure_topics

    ensure_topics(admin_client(), tuple(DESCRIPTION["topics"]))
    print(f"{len(DESCRIPTION['topics'])} topics stand, {DESCRIPTION['partitions']} partitions each")


if __name__ == "__main__":
    main()

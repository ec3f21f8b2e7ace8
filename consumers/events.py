"""`python -m consumers.events …`: event commands for operators; docs/howto/operate.md says when.

republish TOPIC [--key KEY] [--from N] [--to N]   send again: by sequence of a key, or by outbox id
dead-letters SERVICE [--settled]                  list events that could not be handled
replay SERVICE ID [--by WHO]                      handle one again, and what waited behind it
replay-all SERVICE [--by WHO]                     handle all again, oldest first
skip SERVICE ID --reason WHY [--by WHO]           skip one for good
rebuild SERVICE READ_MODEL                        rebuild a read model from the journal
"""

import argparse
import getpass
import sys

import psycopg

from consumers import publishing
from consumers.agents import SERVICES
from models.shared import listening
from models.shared.catalogue import TOPICS
from models.shared.channels import OUTBOX
from models.shared.errors import DomainError
from settings import settings


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status; errors go to standard error."""
    chosen = _parser().parse_args(arguments)
    try:
        print(chosen.run(chosen))  # noqa: T201
    except DomainError as error:
        print(f"{error.message} {error.details.get('cause', '')}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def republish(chosen: argparse.Namespace) -> str:
    """Mark events of a topic for republishing; listeners skip what they have already seen."""
    owner = publishing.owner_of(chosen.topic)
    with psycopg.connect(
        settings().database_dsn(owner), options=f"-c search_path={owner}"
    ) as connection:
        count = publishing.publish_again(
            connection, chosen.topic, chosen.key, chosen.first, chosen.last
        )
        connection.execute("SELECT pg_notify(%s, %s)", [OUTBOX, owner])
    return f"{count} events of {chosen.topic} go again"


def dead_letters(chosen: argparse.Namespace) -> str:
    """List the dead letters, one line each, oldest first."""
    found = listening.list_dead_letters(chosen.service, settled=chosen.settled)
    lines = [
        f"{letter.id}\t{letter.died_at:%F %T}\t{letter.type}\t{letter.topic}\t{letter.key}\t{letter.sequence}"
        f"\t{letter.cause.splitlines()[0]}"
        for letter in found
    ]
    return "\n".join(lines) or "none"


def replay(chosen: argparse.Namespace) -> str:
    """Handle a dead letter again; fails with the new cause if the event fails again."""
    listening.replay(chosen.service, chosen.id, by=chosen.by)
    return f"dead letter {chosen.id} is handled"


def replay_all(chosen: argparse.Namespace) -> str:
    """Handle all dead letters again; fails, naming each with its cause, if some failed again."""
    done = listening.replay_all(chosen.service, by=chosen.by, seconds=float("inf"))
    said = (
        "1 dead letter is handled"
        if done.handled == 1
        else f"{done.handled} dead letters are handled"
    )
    if done.failed:
        causes = "".join(
            f"\n{each.id}\t{each.type}\t{each.key}\t{each.cause}" for each in done.failed
        )
        raise DomainError("failed_again", f"{said}, {len(done.failed)} failed again:", cause=causes)
    return said


def skip(chosen: argparse.Namespace) -> str:
    """Skip a dead letter for good; the reason stays with it."""
    listening.skip(chosen.service, chosen.id, by=chosen.by, reason=chosen.reason)
    return f"dead letter {chosen.id} is passed over"


def rebuild(chosen: argparse.Namespace) -> str:
    """Rebuild a read model while events keep arriving."""
    return f"{chosen.read_model} is rebuilt from {listening.rebuild(chosen.service, chosen.read_model)} events"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m consumers.events",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True)
    again = commands.add_parser("republish")
    again.add_argument("topic", choices=TOPICS)
    again.add_argument("--key")
    again.add_argument("--from", dest="first", type=int, default=0)
    again.add_argument("--to", dest="last", type=int)
    again.set_defaults(run=republish)
    for name, run in (
        ("dead-letters", dead_letters),
        ("replay", replay),
        ("replay-all", replay_all),
        ("skip", skip),
        ("rebuild", rebuild),
    ):
        command = commands.add_parser(name)
        command.add_argument("service", choices=SERVICES)
        command.set_defaults(run=run)
        if run in (replay, skip):
            command.add_argument("id", type=int)
        if run in (replay, replay_all, skip):
            command.add_argument("--by", default=getpass.getuser())
    commands.choices["dead-letters"].add_argument("--settled", action="store_true")
    commands.choices["skip"].add_argument("--reason", required=True)
    commands.choices["rebuild"].add_argument("read_model")
    return parser


if __name__ == "__main__":
    sys.exit(main())

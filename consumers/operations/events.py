"""Event commands for operators; docs/howto/operate.md says when to use which."""

import getpass

import click
import psycopg

from consumers.relay import outboxes
from models.shared.counts import counted
from models.shared.database.channels import OUTBOX
from models.shared.dates import stamp
from models.shared.errors import DomainError
from models.shared.events.catalogue import LISTENERS, TOPICS
from models.shared.listeners import interface
from settings import settings

on_service = click.argument("service", type=click.Choice(tuple(LISTENERS)))
on_letter = click.argument("letter", type=int, metavar="ID")
by = click.option("--by", default=getpass.getuser, help="Who does this; your user name by default.")


@click.group()
def events() -> None:
    """Publish recorded events again."""


@events.command()
@click.argument("topic", type=click.Choice(tuple(TOPICS)))
@click.option("--key", help="Only events of this key.")
@click.option(
    "--from", "first", type=int, default=0, help="First sequence of the key, or first outbox id."
)
@click.option("--to", "last", type=int, help="Last sequence of the key, or last outbox id.")
def republish(topic: str, key: str | None, first: int, last: int | None) -> None:
    """Publish events of TOPIC again; listeners skip what they have already handled."""
    owner = outboxes.owner_of(topic)
    with psycopg.connect(
        settings().database_dsn(owner), options=f"-c search_path={owner}"
    ) as connection:
        count = outboxes.publish_again(connection, topic, key, first, last)
        connection.execute("SELECT pg_notify(%s, %s)", [OUTBOX, owner])
    click.echo(f"{counted(count, 'event')} of {topic} will be published again.")


@click.group("dead-letters")
def dead_letters() -> None:
    """List, replay and skip events that could not be handled."""


@dead_letters.command("list")
@on_service
@click.option("--settled", is_flag=True, help="Include those that were replayed or skipped.")
def list_letters(service: str, settled: bool) -> None:
    """List the dead letters of SERVICE, one line each, oldest first."""
    found = interface.list_dead_letters(service, settled=settled)
    for letter in found:
        where = f"{letter.topic}\t{letter.key}\t{letter.sequence}"
        cause = letter.cause.splitlines()[0]
        click.echo(f"{letter.id}\t{stamp(letter.died_at)}\t{letter.type}\t{where}\t{cause}")
    if not found:
        click.echo("There are no dead letters.")


@dead_letters.command()
@on_service
@on_letter
@by
def replay(service: str, letter: int, by: str) -> None:
    """Handle a dead letter again, and the events that waited behind it."""
    try:
        interface.replay(service, letter, by=by)
    except DomainError as error:
        raise _failure(error) from error
    click.echo(f"Dead letter {letter} was handled.")


@dead_letters.command("replay-all")
@on_service
@by
def replay_all(service: str, by: str) -> None:
    """Handle all dead letters of SERVICE again, oldest first; exit with 1 if some fail again."""
    done = interface.replay_all(service, by=by, seconds=float("inf"))
    said = f"Handled {counted(done.handled, 'dead letter')}"
    if done.failed:
        causes = "".join(
            f"\n{each.id}\t{each.type}\t{each.key}\t{each.cause}" for each in done.failed
        )
        raise click.ClickException(f"{said}; {len(done.failed)} failed again:{causes}")
    click.echo(f"{said}.")


@dead_letters.command()
@on_service
@on_letter
@click.option("--reason", required=True, help="Why; saved with the dead letter.")
@by
def skip(service: str, letter: int, reason: str, by: str) -> None:
    """Skip a dead letter for good."""
    try:
        interface.skip(service, letter, by=by, reason=reason)
    except DomainError as error:
        raise _failure(error) from error
    click.echo(f"Dead letter {letter} was skipped.")


@click.group("read-models")
def read_models() -> None:
    """Rebuild read models from the journal."""


@read_models.command()
@on_service
@click.argument("read_model")
def rebuild(service: str, read_model: str) -> None:
    """Rebuild READ_MODEL of SERVICE while events keep arriving."""
    try:
        count = interface.rebuild(service, read_model)
    except DomainError as error:
        raise _failure(error) from error
    click.echo(f"{read_model} was rebuilt from {counted(count, 'event')}.")


def _failure(error: DomainError) -> click.ClickException:
    return click.ClickException(f"{error.message} {error.details.get('cause', '')}".strip())

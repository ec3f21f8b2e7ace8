"""Consistency checks for operators, and one-time fillings after a migration."""

from collections.abc import Callable

import click

from areas import load
from models.inventory.transfers import place_portion
from models.orders.search import remember_portion
from models.shared.counts import counted
from models.shared.operations.search_texts import SEARCHED, fold_portion
from models.shared.transactions import reading, transaction
from models.wuphf import consistency as inbox_consistency


@click.group()
def check() -> None:
    """Check that stored figures follow from what they count; safe while people work."""


@check.command()
def books() -> None:
    """Check the books of every area that keeps some; exit with 1 on a fault.

    On hand and reserved must equal the ledger's sums, reserved must equal what open demand holds,
    an order's status and total must follow from its lines, and no order may be both cancelled and
    shipped. The sums of expenses and of runs must follow from their lines, to the cent.
    """
    _report(find_faults, "The books are correct.")


@check.command()
def inboxes() -> None:
    """Check that everyone's counts, rows and feed agree; exit with 1 if they differ."""
    _report(_find_inbox_faults, "Counts, rows, and feed agree.")


@click.group()
def backfill() -> None:
    """Fill what a migration added; safe while people work and to run again."""


@backfill.command()
def locations() -> None:
    """After migration 0022: record at which location old stock lies, 200 products at a time."""
    done = 0
    while place_portion():
        click.echo(f"{counted(done := done + 1, 'batch', 'batches')} done")
    click.echo("All stock has a location.")


@backfill.command()
def search() -> None:
    """After migrations 0023 and 0032: fold old search texts and index old orders, in portions."""
    for schema, table in SEARCHED:
        while folded := fold_portion(schema, table):
            click.echo(f"Folded {folded} of {schema}.{table}")
    last = ""
    while last := remember_portion(last):
        click.echo(f"Indexed up to {last}")
    click.echo("All orders are indexed.")


def find_faults() -> list[str]:
    """Return a sentence for each fault in the books of every area that keeps some; else nothing."""
    faults: list[str] = []
    for area, module in load("consistency"):
        with reading(area.schema) as session:
            faults += module.find_book_errors(session)
    return faults


def _find_inbox_faults() -> list[str]:
    with transaction("notifications", actor="service:notifications") as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return list(inbox_consistency.find_faults(session))


def _report(find: Callable[[], list[str]], all_is_well: str) -> None:
    faults = find()
    for fault in faults:
        click.echo(fault)
    click.echo(f"{counted(len(faults), 'fault')}." if faults else all_is_well)
    if faults:
        raise SystemExit(1)

"""Consistency checks for operators, and one-time fillings after a migration."""

from collections.abc import Callable

import click

from models.inventory.consistency import find_stock_errors
from models.inventory.transfers import place_portion
from models.orders.consistency import find_order_errors
from models.orders.search import remember_portion
from models.shared.transactions import reading, transaction
from models.wuphf import consistency as inbox_consistency


@click.group()
def check() -> None:
    """Check that stored figures follow from what they count; safe while people work."""


@check.command()
def books() -> None:
    """Check the books of orders and inventory; exit with 1 on a fault.

    On hand and reserved must equal the ledger's sums, reserved must equal what open demand holds,
    an order's status and total must follow from its lines, and no order may be both cancelled and
    shipped.
    """
    _report(find_faults, "The books are right.")


@check.command()
def inboxes() -> None:
    """Check that everyone's counts, rows and feed agree; exit with 1 if they differ."""
    _report(_find_inbox_faults, "Counts, rows and feed agree.")


@click.group()
def backfill() -> None:
    """Fill what a migration added; safe while people work and to run again."""


@backfill.command()
def locations() -> None:
    """After migration 0022: record at which location old stock lies, 200 products at a time."""
    done = 0
    while place_portion():
        click.echo(f"{(done := done + 1)} portions done")
    click.echo("All stock has a location.")


@backfill.command()
def search() -> None:
    """After migration 0023: index old orders for search, 5,000 at a time."""
    last = ""
    while last := remember_portion(last):
        click.echo(f"Indexed up to {last}")
    click.echo("All orders are indexed.")


def find_faults() -> list[str]:
    """Return a sentence for each fault in the books of orders and inventory; empty if all is well."""
    with reading("inventory") as session:
        stock = [
            f"{each.sku}: {each.what} stands at {each.stands}, should be {each.should_be}"
            for each in find_stock_errors(session)
        ]
    with reading("orders") as session:
        return stock + find_order_errors(session)


def _find_inbox_faults() -> list[str]:
    with transaction("notifications", actor="service:notifications") as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return list(inbox_consistency.find_faults(session))


def _report(find: Callable[[], list[str]], all_is_well: str) -> None:
    faults = find()
    for fault in faults:
        click.echo(fault)
    count = "1 fault." if len(faults) == 1 else f"{len(faults)} faults."
    click.echo(count if faults else all_is_well)
    if faults:
        raise SystemExit(1)

"""`python -m consumers.trade check`: check the books of orders and inventory.

Each is checked in its own schema; exits with 1 on a fault. On hand and reserved must equal the
ledger's sums, reserved must equal what open demand holds, an order's status and total must follow
from its lines, and no order may be both cancelled and dispatched. `place` first gives goods booked
before locations existed their product's usual location; `remember` first indexes orders from before
migration 0023 for quick search. `python -m tests.trade.simulation` makes the trouble for it.
"""

import argparse
import sys

from models.inventory.checking import find_stock_errors
from models.inventory.transferring import place_portion
from models.orders.checking import find_order_errors
from models.orders.searching import remember_portion
from models.shared.database import reading


def main() -> None:
    """Parse the command line, check, and print the faults or that all is well."""
    parser = argparse.ArgumentParser(prog="python -m consumers.trade", description=__doc__)
    parser.add_argument("command", choices=("check", "place", "remember"))
    asked, last = parser.parse_args().command, ""
    while asked == "place" and place_portion():
        sys.stdout.write("Some products have their place.\n")
    while asked == "remember" and (last := remember_portion(last)):
        sys.stdout.write(f"Remembered up to {last}.\n")
    faults = find_faults()
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write("The books are right.\n" if not faults else f"{len(faults)} faults.\n")
    sys.exit(bool(faults))


def find_faults() -> list[str]:
    """Return a sentence for each fault; empty if all is well."""
    with reading("inventory") as session:
        stock = [
            f"{each.sku}: {each.what} stands at {each.stands}, should be {each.should_be}"
            for each in find_stock_errors(session)
        ]
    with reading("orders") as session:
        return stock + find_order_errors(session)


if __name__ == "__main__":
    main()

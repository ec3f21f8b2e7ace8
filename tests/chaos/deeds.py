"""What people do in a campaign, and what each was told: the history that the checker holds against the databases."""

import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.chaos.browser import Browser, GaveUp, Refused
from tests.chaos.rest import Program

SKUS = tuple(f"CHAOS-{n}" for n in range(1, 6))
STEPS = {"waiting": "pick", "picked": "pack", "packed": "dispatch", "dispatched": "deliver"}
KINDS = ("order", "order by REST", "expense", "goods", "goods by REST", "lead", "parcel", "regret")


@dataclass
class Deed:
    """One thing that somebody wants done once. `mark` is written into it, so that each effect can be counted.

    `outcome`: "done" as `number`, "refused" (it must have no effect), or "unknown" (none or one).
    """

    kind: str
    mark: str
    cases: int = 1
    sku: str = SKUS[0]
    outcome: str = "unknown"
    number: str = ""
    by: str = ""
    why: str = ""
    seconds: float = 0.0
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))


def plan_deeds(chance: random.Random, run: str, orders: int) -> Iterator[Deed]:
    """So many orders by form or REST, and among them all else, for ever in the same way for the same seed."""
    placed = place = 0
    while placed < orders:
        kind = chance.choices(KINDS, (5, 5, 3, 1.5, 1.5, 2, 3, 1))[0]
        placed, place = placed + kind.startswith("order"), place + 1
        yield Deed(
            kind,
            f"{run}-{place:05}",
            chance.randint(1, 6) * (6 if kind.startswith("goods") else 1),
            chance.choice(SKUS),
        )


class Colleague:
    """One person who does deeds of any kind that their role includes."""

    def __init__(
        self, browser: Browser, program: Program, client: str, chance: random.Random
    ) -> None:
        self.browser, self.program, self.client, self.chance = browser, program, client, chance
        self.known_orders: list[str] = []

    def do(self, deed: Deed) -> Deed:
        """Does it and notes what it was told."""
        ways: dict[str, Callable[[Deed], str]] = {
            "order": self._order,
            "order by REST": self._order_by_rest,
            "expense": self._expense,
            "goods": self._goods,
            "goods by REST": self._goods_by_rest,
            "lead": self._lead,
            "parcel": self._parcel,
            "regret": self._regret,
        }
        began, deed.by = time.monotonic(), self.browser.uid
        try:
            deed.number, deed.outcome = ways[deed.kind](deed), "done"
        except Refused as refusal:
            deed.outcome, deed.why = "refused", str(refusal)
        except GaveUp as error:
            deed.why = f"no clear answer from {error}"
        deed.seconds = time.monotonic() - began
        return deed

    def _order(self, deed: Deed) -> str:
        form = self.browser.open("/orders/new", "client_number")
        form.fields.update(
            {
                "client_number": self.client,
                "lines-0-sku": deed.sku,
                "lines-0-quantity": str(deed.cases),
                "purchase_order": deed.mark,
            }
        )
        form.fields.pop("warned_of", None)  # the same is often ordered here, and meant
        return self._remember(self.browser.send(form, r"/orders/(DM-\d+)"))

    def _order_by_rest(self, deed: Deed) -> str:
        order = {
            "client_number": self.client,
            "purchase_order": deed.mark,
            "lines": [{"sku": deed.sku, "quantity": deed.cases}],
        }
        return self._remember(
            self.program.call("POST", "/orders", json=order, key=deed.key)["number"]
        )

    def _expense(self, deed: Deed) -> str:
        begin = self.browser.open("/expenses", "form_key")
        number = self.browser.send(
            begin._replace(action="/expenses/new"), r"/expenses/([A-Z]+-\d+)/edit"
        )
        form = self.browser.open(f"/expenses/{number}/edit", "purpose")
        line = next(name.split("-")[1] for name in form.fields if name.endswith("-what"))
        day = datetime.now(UTC).date() - timedelta(days=2)
        form.fields.update(
            {
                "purpose": deed.mark,
                f"lines-{line}-what": "Lunch",
                f"lines-{line}-category": "meals",
                f"lines-{line}-spent_on": day.isoformat(),
                f"lines-{line}-amount": f"{deed.cases}.50",
                "action": "submit",
            }
        )
        return self.browser.send(form, r"/expenses/([A-Z]+-\d+)")

    def _goods(self, deed: Deed) -> str:
        form = self.browser.open("/inventory/receive", "lines-0-quantity")
        goods = {"lines-0-sku": deed.sku, "lines-0-quantity": str(deed.cases)}
        form.fields.update({**goods, "note": deed.mark, "action": "receive"})
        return self.browser.send(form, r"/inventory/receipts/(RC-\d+)")

    def _goods_by_rest(self, deed: Deed) -> str:
        goods = {"sku": deed.sku, "quantity": deed.cases, "note": deed.mark}
        return str(
            self.program.call("POST", "/receipts", json=goods, key=deed.key)["receipt_number"]
        )

    def _lead(self, deed: Deed) -> str:
        form = self.browser.open("/sales/leads/new", "company")
        form.fields.update(
            {
                "company": f"School {deed.mark}",
                "contact_name": "Dan Ferreira",
                "mail": f"{deed.mark}@school.example",
                "source": "website",
                "expected_value": "500",
                "owner": self.browser.uid,
                "next_kind": "call",
                "next_on": (datetime.now(UTC).date() + timedelta(days=7)).isoformat(),
            }
        )
        lead = self.browser.send(form, r"/sales/leads/(LD-\d+)")
        for stage in ("contacted", "qualified", "proposal"):
            known = self.program.call("GET", f"/leads/{lead}")
            self.program.call(
                "PUT",
                f"/leads/{lead}/stage",
                json={"stage": stage},
                key=f"{deed.key}-{stage}",
                version=known["etag"],
            )
        turn = self.browser.open(f"/sales/leads/{lead}/convert", "credit_limit")
        turn.fields.update(
            {
                "contact_phone": "570 555 0142",
                "address-street": "1 Main Street",
                "address-city": "Scranton",
                "address-state": "PA",
                "address-postcode": "18503",
            }
        )
        return self.browser.send(turn, r"/sales/clients/(CL-\d+)")

    def _parcel(self, deed: Deed) -> str:
        """Takes one of the oldest parcels a step further; nothing where there is none."""
        asked = "&".join(f"status={status}" for status in STEPS)
        waiting = self.program.call("GET", f"/shipments?{asked}&sort=oldest&limit=20")["items"]
        if not waiting:
            return ""
        parcel = self.program.call("GET", f"/shipments/{self.chance.choice(waiting)['number']}")
        step = STEPS.get(parcel["status"], "deliver")
        told = {
            "dispatch": {"carrier": "KF", "tracking": deed.mark},
            "deliver": {"signed_by": "R. Oduya"},
        }.get(step, {})
        done = self.program.call(
            "POST",
            f"/shipments/{parcel['number']}/{step}",
            json=told,
            key=deed.key,
            version=parcel["etag"],
        )
        return str(done["number"])

    def _regret(self, deed: Deed) -> str:
        """Asks for the end of an order of their own; nothing where there is none."""
        if not self.known_orders:
            return ""
        order = self.program.call("GET", f"/orders/{self.known_orders.pop()}")
        return str(
            self.program.call(
                "POST",
                f"/orders/{order['number']}/cancellation",
                json={"reason": deed.mark},
                key=deed.key,
                version=order["etag"],
            )["number"]
        )

    def _remember(self, number: str) -> str:
        self.known_orders.append(number)
        return number

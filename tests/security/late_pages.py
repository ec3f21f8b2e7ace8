"""Records in the states that show the forms which a small office does not come to by itself, and who looks at them."""

import uuid
from contextlib import suppress
from decimal import Decimal
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select

from models.finance.commands import submit_expense
from models.finance.people import remember_people
from models.finance.reimbursement import make_run
from models.inventory.commands import (
    create_product,
    dispatch_shipment,
    pack_shipment,
    pick_shipment,
)
from models.inventory.receipts import receive_goods
from models.inventory.rules import NewProduct
from models.inventory.tables import Shipment
from models.orders.approval import refuse_order
from models.orders.commands import place_order
from models.orders.drafts import save_draft
from models.orders.new_order import NewLine, NewOrder, Product
from models.profile.avatars import make_avatar
from models.profile.commands import set_avatar
from models.profile.service_accounts import create_service_account
from models.sales.clients import deactivate_client
from models.sales.commands import create_client
from models.sales.imports import (
    confirm_import,
    judge,
    prepare,
    start_import,
    store_preview,
)
from models.sales.jobs import create_imported_leads, read_lead_import
from models.sales.leads import create_lead, lose_lead, move_lead
from models.sales.stages import OPEN
from models.sales.tables import Client
from models.shared.errors import DomainError
from models.shared.listeners.delivery import deliver_pending
from models.shared.listeners.fault_switches import put_on
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import transaction
from models.wuphf import broadcasts, commands
from models.wuphf.mail_content import sign
from models.wuphf.webhooks.deliveries import send_test
from models.wuphf.webhooks.subscriptions import Limits, Wanted, create_webhook
from settings import settings
from tests.factories.files import make_picture
from tests.factories.finance import PEOPLE, attach_receipt, decide_as, make_line
from tests.factories.sales import make_client_facts, make_lead_facts

JIM, MICHAEL, ANGELA, DARRYL, NICK = (
    "jim.halpert",
    "michael.scott",
    "angela.martin",
    "darryl.philbin",
    "nick.reyes",
)


def late_pages(app: Flask) -> list[tuple[str, str]]:
    """Makes the records by commands; person and address of each page that shows a form only then."""
    with app.test_request_context():
        return [
            *_of_finance(),
            *_of_sales(),
            *_of_the_rest(),
            *_of_programs(),
            *_of_the_warehouse(),
            *_of_a_face(app),
        ]


def _of_finance() -> list[tuple[str, str]]:
    with transaction("finance", actor="service:test") as session:
        remember_people(session, PEOPLE.values())
    open_one, handed_in, paid = _expense(), _expense(), _expense()
    attach_receipt(JIM, open_one, make_picture())
    with transaction("finance", actor=JIM) as session:
        submit_expense(session, handed_in)
        submit_expense(session, paid)
    decide_as(MICHAEL, paid)
    with transaction("finance", actor=ANGELA) as session:
        run = make_run(session, [paid])
    return [
        (JIM, url_for("finance.edit", number=open_one)),
        (JIM, url_for("finance.detail", number=handed_in)),
        (MICHAEL, url_for("finance.detail", number=handed_in)),
        (MICHAEL, url_for("finance.approvals")),
        (ANGELA, url_for("finance.spend")),
        (ANGELA, url_for("finance.run", number=run)),
    ]


def _expense() -> str:
    from models.finance.drafts import Draft, save_draft, start_expense
    from models.finance.tables import Expense

    with transaction("finance", actor=JIM) as session:
        number = start_expense(session, "Jim Halpert", PEOPLE[JIM].department, anew=True)
        session.flush()
        save_draft(
            session,
            number,
            Draft(
                purpose="Visit", lines=[make_line()], version=session.get(Expense, number).version
            ),
        )
    return number


def _of_sales() -> list[tuple[str, str]]:
    with transaction("sales", actor=JIM) as session:
        ready, twin, lost = (
            create_lead(session, make_lead_facts(company=name))
            for name in ("Hospice", "Hospice Inc.", "Quarry")
        )
        for stage in OPEN[1 : OPEN.index("proposal") + 1]:
            move_lead(session, ready, stage, any_lead=True)
        move_lead(session, lost, OPEN[1], any_lead=True)
        lose_lead(session, lost, "price", "Too dear", any_lead=True)
        closed = create_client(session, make_client_facts(name="Closed Works"))
        session.flush()
        deactivate_client(session, closed, "Gone", session.get(Client, closed).version)
        imported = start_import(session, "leads.csv", b"company\nA\n").id
        done = start_import(session, "done.csv", b"company\nB\n").id
    read_lead_import(imported)  # knows the columns of its file, and asks about them
    with transaction("sales", actor=JIM) as session:
        store_preview(session, done, judge(session, prepare([(1, _row())], JIM, {})))
    with transaction("sales", actor=JIM) as session:
        confirm_import(session, done)
    create_imported_leads(done)
    return [
        (JIM, url_for("sales.ask_conversion", number=ready)),
        (JIM, url_for("sales.lead", number=lost)),
        (JIM, url_for("sales.ask_merge", number=ready) + f"?with={twin}"),
        (MICHAEL, url_for("sales.client", number=closed)),
        (JIM, url_for("sales.lead_import", id_=imported)),
        (JIM, url_for("sales.lead_import", id_=done)),
    ]


def _row() -> dict[str, str]:
    return {
        "company": "Imported Ltd",
        "contact_name": "Ann",
        "mail": "ann@imported.example",
        "source": "web",
    }


def _of_the_rest() -> list[tuple[str, str]]:
    with transaction("orders", actor=JIM) as session:
        save_draft(session, str(uuid.uuid4()), {"note": "half done"}, "window-1", 0)
    with transaction("notifications", actor=MICHAEL) as session:
        told = broadcasts.send_broadcast(session, "Friday: no parking", ("sales",), asks=True)
    with transaction("notifications", actor=DARRYL) as session:
        taken_back: Any = commands.mark_all_read(session).undo or uuid.uuid4()
    word = sign(settings().session_secret.reveal(), JIM, "orders")
    return [
        (JIM, url_for("orders.drafts")),
        (JIM, url_for("wuphf.broadcast", number=told)),
        (DARRYL, url_for("wuphf.inbox", did=taken_back)),
        (JIM, url_for("wuphf.ask_to_unsubscribe", word=word)),
    ]


def _of_programs() -> list[tuple[str, str]]:
    """A webhook with a delivery, one of somebody else's, and a service account."""
    limits = Limits(types=["dm.finance.expense.submitted.v1"], networks="127.0.0.0/8")
    hooks = []
    for owner in (NICK, ANGELA):
        wanted = Wanted(name="Payroll", url="http://127.0.0.1:9/", types=list(limits.types))
        with transaction("notifications", actor=owner) as session:
            hooks.append(create_webhook(session, wanted, limits))
    with transaction("notifications", actor=NICK) as session:
        delivery = send_test(session, hooks[0])
    with transaction("profile", actor=NICK) as session:
        roles = ["sales"]
        account = create_service_account(session, "web-shop", "Orders", roles, roles, False)
    return [
        (NICK, url_for("wuphf.webhooks")),
        (NICK, url_for("wuphf.webhook", id_=hooks[0])),
        (NICK, url_for("wuphf.webhook_delivery", id_=hooks[0], delivery_id=delivery)),
        (NICK, url_for("profile.service_account", uid=account)),
    ]


def _of_a_face(app: Flask) -> list[tuple[str, str]]:
    with transaction("profile", actor=JIM) as session:
        app.extensions["preferences"].learn(set_avatar(session, make_avatar(make_picture())))
    return [(JIM, url_for("profile.own_page"))]


def _of_the_warehouse() -> list[tuple[str, str]]:
    """A parcel that waits, one that left, orders that wait for their people, an event that nobody read, a fault."""
    with transaction("sales", actor=JIM) as session:
        client = create_client(session, make_client_facts(name="Waiting Works"))
    with transaction("inventory", actor=DARRYL) as session:
        create_product(
            session,
            NewProduct(sku="LATE-1", name="Late paper", unit_price=Decimal("5.00"), location=""),
        )
        receive_goods(session, "LATE-1", 10, "opening stock")
    deliver_pending()
    placed, shipped, asked, sent_back = (_order(client, discount) for discount in (0, 0, 50, 50))
    with transaction("orders", actor=MICHAEL) as session:
        refuse_order(session, sent_back, "Ten is enough", 1, is_manager=True)
    deliver_pending()
    apply_batch("orders", [Incoming("dm.sales.leads", 0, 1_000_000, b"CL-1", b"this is no event")])
    with (
        suppress(DomainError),
        transaction("inventory", actor=NICK) as session,
    ):  # the crawl may have put it on
        put_on(session, "pause", 600)
    return [
        (DARRYL, url_for("inventory.shipments", status="waiting")),
        (DARRYL, url_for("inventory.shipment", number=_ship(shipped))),
        (NICK, url_for("inside.dead_letters")),
        (NICK, url_for("inside.index")),
        (JIM, url_for("orders.ask_cancellation", number=placed)),
        (MICHAEL, url_for("orders.ask_decision", number=asked)),
        (MICHAEL, url_for("orders.index", status="awaiting_approval")),
        (JIM, url_for("orders.edit", number=sent_back)),
    ]


def _ship(order: str) -> str:
    """The number of the order's shipment, which a carrier has."""
    with transaction("inventory", actor=DARRYL) as session:
        number = session.scalars(select(Shipment.number).filter_by(order_number=order)).one()
        pick_shipment(session, number)
        pack_shipment(session, number)
        dispatch_shipment(session, number, "Lackawanna Freight", "LF-1")
    return number


def _order(client: str, discount: int) -> str:
    paper = Product(sku="LATE-1", name="Late paper", unit_price=Decimal("5.00"))
    with transaction("orders", actor=JIM) as session:
        return place_order(
            session,
            NewOrder(
                client_number=client,
                lines=[NewLine(sku=paper.sku, quantity=1)],
                products={paper.sku: paper},
                owner_name="Jim Halpert",
                discount_percent=Decimal(discount),
            ),
        )

"""The one door runs a command once per key, in its area's schema, and the key stands for all that was asked."""

import inspect as looking
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask import g
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.finance.drafts import NewVoucher, attach_voucher
from models.finance.voucher_files import inspect
from models.shared.database.context import current_actor, current_schema
from models.shared.errors import KeyReused
from models.shared.records.circumstance import Circumstance
from models.shared.records.commands import Door, parameters_of, schema_of
from models.shared.transactions import engine
from tests.factories.files import make_picture
from webapp.shared.people.rights import Person
from webapp.shared.requests.commands import door_for

KEY = "a-key-of-a-form"


class Line(msgspec.Struct, frozen=True):
    """A part of what is asked."""

    sku: str
    price: Decimal = Decimal("1.50")


class Asked(msgspec.Struct, frozen=True):
    """What is asked, with what the caller knew."""

    lines: tuple[Line, ...] = (Line("A"), Line("B"))
    amounts: Mapping[int, Decimal] = MappingProxyType({1: Decimal("2.00")})
    note: str = "soon"
    owners: Circumstance[frozenset[str] | None] = None


def file_lead(
    session: Session,
    asked: Asked,
    content: bytes = b"",
    version: int | None = None,
    *,
    may_any: Circumstance[bool] = False,
) -> UUID:
    """A command of the sales area, as far as the door can see."""
    DONE.append((current_schema(session), current_actor(session), asked, content, version, may_any))
    return UUID(int=len(DONE))


file_lead.__module__ = "models.sales.leads"
DONE: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_done(clean_database: str) -> None:
    DONE.clear()


def test_a_command_runs_in_the_schema_of_its_area_for_the_actor_of_the_door() -> None:
    Door("jim.halpert", KEY).run(file_lead, Asked())
    assert [each[:2] for each in DONE] == [("sales", "jim.halpert")]
    with engine("sales").connect() as connection:
        kept = connection.execute(text("SELECT key, actor, command FROM idempotency_key")).all()
    assert kept == [(KEY, "jim.halpert", "file_lead")]


def test_the_same_key_answers_the_same_in_the_type_that_the_command_returns() -> None:
    door = Door("jim.halpert", KEY)
    answers = [door.run(file_lead, Asked(), content=b"whole", version=3) for _ in range(3)]
    assert answers == [UUID(int=1)] * 3
    assert len(DONE) == 1
    assert Door("dwight.schrute", KEY).run(file_lead, Asked()) == UUID(int=2)


def test_a_default_left_out_and_a_parameter_by_name_ask_for_the_same() -> None:
    door = Door("jim.halpert", KEY)
    assert door.run(file_lead, Asked()) == door.run(file_lead, asked=Asked(), content=b"")


def test_what_the_caller_knows_or_may_is_not_what_the_key_stands_for() -> None:
    first = Door("jim.halpert", KEY).run(file_lead, Asked())
    later = Asked(owners=frozenset({"jim.halpert"}))
    assert Door("jim.halpert", KEY).run(file_lead, later, may_any=True) == first


@pytest.mark.parametrize(
    "other",
    [
        {"asked": Asked(note="later")},
        {"asked": Asked(lines=(Line("A"), Line("B", Decimal("1.51"))))},
        {"asked": Asked(lines=(Line("B"), Line("A")))},
        {"asked": Asked(amounts={1: Decimal("2.01")})},
        {"asked": Asked(amounts={2: Decimal("2.00")})},
        {"version": 1},
        *({"content": bytes(5000)[:n] + b"x" + bytes(5000)[n + 1 :]} for n in (0, 2500, 4999)),
        {"content": bytes(5001)},
    ],
)
def test_any_field_or_byte_that_differs_is_another_request(other: dict[str, Any]) -> None:
    given = {"asked": Asked(), "content": bytes(5000)}
    Door("jim.halpert", KEY).run(file_lead, **given)
    with pytest.raises(KeyReused):
        Door("jim.halpert", KEY).run(file_lead, **{**given, **other})
    assert len(DONE) == 1


def test_without_a_key_a_command_runs_each_time() -> None:
    assert [Door("jim.halpert").run(file_lead, Asked()) for _ in range(2)] == [
        UUID(int=1),
        UUID(int=2),
    ]


def test_a_command_of_no_area_needs_its_schema_said() -> None:
    def shared(session: Session) -> str:
        return str(current_schema(session))

    shared.__module__ = "models.shared.listeners.fault_switches"
    with pytest.raises(LookupError):
        schema_of(shared)
    assert Door("nick", KEY, "finance").run(shared) == "finance"


def test_every_parameter_of_every_field_is_named_in_what_a_key_stands_for() -> None:
    found = parameters_of(file_lead, Asked())
    assert found.keys() == looking.signature(file_lead).parameters.keys() - {"session", "may_any"}
    assert found["asked"].keys() == {"lines", "amounts", "note"}


def test_the_key_of_a_part_stands_for_all_of_the_key_and_all_of_the_part(client_as) -> None:
    app, keys = client_as("jim.halpert").application, set()
    for key in ("k" * 40 + "a", "k" * 40 + "b", "k" * 40):
        for part in ("SH-1", "SH-10", "P" * 80, "P" * 81):
            with app.test_request_context("/", headers={"Idempotency-Key": key}):
                g.person = Person("jim.halpert", "Jim Halpert")
                keys |= {door_for(part).key}
                assert door_for(part) == door_for(part)
    assert len(keys) == 12 and all(key and len(key) <= 64 for key in keys)


def test_one_byte_more_behind_a_picture_is_another_receipt() -> None:
    picture = make_picture()
    given = [
        parameters_of(attach_voucher, "EX-1", 1, NewVoucher(name="a.png", clean=inspect(data)))
        for data in (picture, picture + b"\0", picture)
    ]
    assert given[0] == given[2] != given[1]

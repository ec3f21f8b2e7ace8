"""Queries over many leads: list pages, counts and the board."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Select, Text, func, literal, select, union_all
from sqlalchemy.orm import Session

from models.sales.stages import OPEN
from models.sales.tables import FAR, Lead
from models.shared import clock
from models.shared.database.rows import AnyRow, AnySelect
from models.shared.database.tables import mechanism
from models.shared.records.lists import COUNTED, ListQuery
from models.shared.search import words_of

BOARD_CARDS = 30  # cards a column shows; the list has the rest
RECENT = timedelta(days=30)  # what the board shows of converted leads
DUE = ("overdue", "today", "week", "none")
_LEAD = Lead.__table__.c
_SORT_COMPANY = func.folded(_LEAD.company, type_=Text).label("sort_company")
SORTS = {  # name: (column, descending); the lead's number breaks ties
    "newest": (_LEAD.created_at, True),
    "oldest": (_LEAD.created_at, False),
    "next": (_LEAD.next_on, False),
    "value": (_LEAD.expected_value, True),
    "company": (_SORT_COMPANY, False),
}
_LISTED = select(
    _LEAD.number,
    _LEAD.company,
    _SORT_COMPANY,
    _LEAD.contact_name,
    _LEAD.mail,
    _LEAD.phone,
    _LEAD.source,
    _LEAD.expected_value,
    _LEAD.currency,
    _LEAD.owner,
    _LEAD.stage,
    _LEAD.stage_since,
    _LEAD.next_kind,
    _LEAD.next_on,
    _LEAD.next_note,
    _LEAD.lost_reason,
    _LEAD.client_number,
    _LEAD.version,
    _LEAD.created_at,
)


class LeadFilter(msgspec.Struct, frozen=True, kw_only=True):
    """How a list is filtered.

    `q` searches number, company, contact, email and phone. `today` is the date that `due` is
    measured against. `owner` is a uid, or `nobody` for leads without an owner;
    `owners` are any of these people, "" for nobody. `reached` is a stage that a lead ever entered,
    also if it was lost later. The days in `zone` on which leads were created or closed are
    inclusive.
    """

    q: str = ""
    stages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    lost_reasons: tuple[str, ...] = ()
    owner: str = ""
    owners: tuple[str, ...] = ()
    due: str = ""
    reached: str = ""
    created_since: date | None = None
    created_until: date | None = None
    closed_since: date | None = None
    closed_until: date | None = None
    zone: ZoneInfo = clock.OFFICE
    today: date = FAR


class Column(msgspec.Struct, frozen=True):
    """A stage on the board: the number of leads, their total expected value, and the first cards.

    Exact up to 10,000 leads; above that `count` is 10,001 and `worth` covers only that many.
    """

    stage: str
    count: int
    worth: Decimal
    cards: list[AnyRow]

    @property
    def exact(self) -> bool:
        """Return whether every lead of the stage was counted."""
        return self.count <= COUNTED


LEADS: ListQuery[LeadFilter] = ListQuery(
    _LISTED,
    lambda query, wanted: _narrowed(query, wanted),
    SORTS,
    _LEAD.number,
    worth=_LEAD.expected_value,
)
list_leads = LEADS.page


def count_by_due(session: Session, uid: str, today: date) -> dict[str, int]:
    """Count this person's open leads: overdue, due today, without a next step, and all."""
    mine = select(
        func.count().filter(_LEAD.next_on < today),
        func.count().filter(_LEAD.next_on == today),
        func.count().filter(_LEAD.next_on == FAR),
        func.count(),
    ).where(_LEAD.merged_into.is_(None), _LEAD.owner == uid, _LEAD.stage.in_(OPEN))
    return dict(zip(("overdue", "today", "none", "open"), session.execute(mine).one(), strict=True))


def list_due_leads(session: Session, uid: str, today: date, most: int = 6) -> list[AnyRow]:
    """Return this person's leads whose next step is due, most overdue first."""
    wanted = LeadFilter(owner=uid, stages=OPEN, due="due", today=today)
    return list_leads(session, wanted, "next", size=most).rows


def get_board(session: Session, wanted: LeadFilter) -> list[Column]:
    """Return the open stages and the leads converted in the last 30 days, as columns.

    Open leads are ordered by the date of the next step, those without one last; converted leads by
    conversion, newest first.
    """
    stages, narrowed = (*OPEN, "converted"), _narrowed(select(_LEAD.expected_value), wanted)
    figures = session.execute(
        union_all(*(_counted(narrowed.where(_on_board(stage)), stage) for stage in stages))
    )
    counted = {row.stage: (row.found, row.worth) for row in figures}
    cards = {
        stage: session.execute(_cards(wanted, stage)).all() if counted[stage][0] else []
        for stage in stages
    }
    return [Column(stage, *counted[stage], list(cards[stage])) for stage in stages]


def _cards(wanted: LeadFilter, stage: str) -> AnySelect:
    order = (_LEAD.closed_at.desc(),) if stage == "converted" else (_LEAD.next_on, _LEAD.number)
    return _narrowed(_LISTED, wanted).where(_on_board(stage)).order_by(*order).limit(BOARD_CARDS)


def _on_board(stage: str) -> ColumnElement[bool]:
    is_in = _LEAD.stage == stage
    return is_in & (_LEAD.closed_at > clock.now() - RECENT) if stage == "converted" else is_in


def _counted(narrowed: AnySelect, stage: str = "") -> AnySelect:
    """Build a statement that counts the leads and sums their value, reading at most 10,001 rows."""
    some = narrowed.limit(COUNTED + 1).subquery()
    worth = func.coalesce(func.sum(some.c.expected_value), 0)
    return select(
        func.count().label("found"), worth.label("worth"), literal(stage).label("stage")
    ).select_from(some)


def _narrowed(query: AnySelect, wanted: LeadFilter) -> AnySelect:
    query = query.where(_LEAD.merged_into.is_(None))
    for word in words_of(wanted.q):
        query = query.where(_LEAD.search_text.contains(word, autoescape=True))
    for column, values in (
        (_LEAD.stage, wanted.stages),
        (_LEAD.source, wanted.sources),
        (_LEAD.lost_reason, wanted.lost_reasons),
    ):
        if values:
            query = query.where(column.in_(values))
    if wanted.reached and wanted.reached != OPEN[0]:  # every lead began there
        query = query.where(_LEAD.number.in_(reached(wanted.reached)))
    for moment, since, until in (
        (_LEAD.created_at, wanted.created_since, wanted.created_until),
        (_LEAD.closed_at, wanted.closed_since, wanted.closed_until),
    ):
        if since:
            query = query.where(moment >= clock.start_of(since, wanted.zone))
        if until:
            query = query.where(moment < clock.end_of(until, wanted.zone))
    if wanted.owners:
        query = query.where(_LEAD.owner.in_(wanted.owners))
    if wanted.owner:
        query = query.where(_LEAD.owner == ("" if wanted.owner == "nobody" else wanted.owner))
    return query.where(_is_due(wanted.due, wanted.today)) if wanted.due else query


def reached(stage: str) -> Select[tuple[str]]:
    """Build the statement for the numbers of the leads that ever entered this stage."""
    history = mechanism("sales").history.c
    entered = history.changes["fields"]["stage"][1].astext == stage
    return select(history.key).where(history.record == "lead", entered)


def _is_due(due: str, today: date) -> ColumnElement[bool]:
    return (
        _LEAD.stage.in_(OPEN)
        & {
            "overdue": _LEAD.next_on < today,
            "today": _LEAD.next_on == today,
            "due": _LEAD.next_on <= today,
            "week": _LEAD.next_on.between(today, today + timedelta(days=7)),
            "none": _LEAD.next_on == FAR,
        }[due]
    )

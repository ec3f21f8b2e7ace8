"""Aggregate leads for charts: how far they got, where they came from, why they were lost."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.sales.stages import LOST_REASONS, OPEN, SOURCES
from models.sales.tables import Lead
from models.shared.database.tables import mechanism


class Step(msgspec.Struct, frozen=True):
    """How many leads of the period reached at least this stage, and their total expected value."""

    stage: str
    count: int
    worth: Decimal


class Origin(NamedTuple):
    """The leads of the period from one source, by outcome."""

    source: str
    open: int
    converted: int
    lost: int
    worth: Decimal


def get_funnel(session: Session, since: datetime) -> list[Step]:
    """Return how far the leads created since then got.

    A lead counts once for every stage it ever entered, even if it was lost later.
    """
    history, way = mechanism("sales").history.c, (*OPEN, "converted")
    moved = (
        select(
            history.key.label("number"), history.changes["fields"]["stage"][1].astext.label("stage")
        )
        .where(history.record == "lead", history.changes["fields"]["stage"][1].astext.in_(way))
        .subquery()
    )
    recent = (
        select(Lead.number, Lead.expected_value)
        .where(Lead.created_at >= since, Lead.merged_into.is_(None))
        .subquery()
    )
    all_count, all_worth = session.execute(
        select(func.count(), func.coalesce(func.sum(recent.c.expected_value), 0)).select_from(
            recent
        )
    ).one()
    once = (
        select(moved.c.stage, recent.c.number, recent.c.expected_value)
        .join(recent, recent.c.number == moved.c.number)
        .distinct()
        .subquery()
    )
    rows = session.execute(
        select(once.c.stage, func.count(), func.sum(once.c.expected_value)).group_by(once.c.stage)
    )
    reached = {stage: (count, worth) for stage, count, worth in rows} | {
        "new": (all_count, all_worth)
    }
    return [Step(stage, *reached.get(stage, (0, Decimal(0)))) for stage in way]


def count_sources(session: Session, since: datetime) -> list[Origin]:
    """Return where the leads created since then came from, largest source first.

    Sources without leads are left out.
    """

    def of(*stages: str) -> ColumnElement[int]:
        return func.count().filter(Lead.stage.in_(stages))

    rows = session.execute(
        select(Lead.source, of(*OPEN), of("converted"), of("lost"), func.sum(Lead.expected_value))
        .where(Lead.created_at >= since, Lead.merged_into.is_(None))
        .group_by(Lead.source)
    )
    found = [Origin(*row) for row in rows]
    return sorted(
        found,
        key=lambda each: (-(each.open + each.converted + each.lost), SOURCES.index(each.source)),
    )


def count_lost_reasons(session: Session, since: datetime) -> list[tuple[str, int, Decimal]]:
    """Return (reason, count, expected value) of the leads lost since then, most frequent first."""
    rows = session.execute(
        select(Lead.lost_reason, func.count(), func.sum(Lead.expected_value))
        .where(Lead.stage == "lost", Lead.closed_at >= since, Lead.merged_into.is_(None))
        .group_by(Lead.lost_reason)
    )
    found = [(reason, count, worth) for reason, count, worth in rows]
    return sorted(found, key=lambda row: (-row[1], LOST_REASONS.index(row[0])))

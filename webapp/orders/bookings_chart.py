"""Chart of this month's bookings over last month's: an SVG of 312 by 132, zero at the bottom."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

Days = list[tuple[date, Decimal, Decimal]]
LEFT, WIDTH, TOP, BOTTOM, MONTH = 4.0, 304.0, 12.0, 108.0, 30


class BookedChart(NamedTuple):
    """Points and end points of both months' lines, with the sums to compare.

    `line` is this month, `ghost` last month. `now` is booked so far this month; `then` was booked
    by the same day of last month.
    """

    line: str
    ghost: str
    end: tuple[float, float]
    ghost_end: tuple[float, float]
    most: Decimal
    now: Decimal
    then: Decimal


def booked_chart(days: Days, before: Days, today: int) -> BookedChart:
    """Build the chart from (day, booked, running total) of both months.

    A month without a working day so far is drawn at zero.
    """
    most = max((so_far for _, _, so_far in (*days, *before)), default=Decimal(0))
    line, ghost = _points(days, most), _points(before, most)
    then = max((so_far for day, _, so_far in before if day.day <= today), default=Decimal(0))
    return BookedChart(
        _joined(line),
        _joined(ghost),
        line[-1],
        ghost[-1],
        most,
        days[-1][2] if days else Decimal(0),
        then,
    )


def _points(days: Days, most: Decimal) -> list[tuple[float, float]]:
    found = [
        (
            round(LEFT + WIDTH * (day.day - 1) / MONTH, 1),
            round(BOTTOM - (BOTTOM - TOP) * float(so_far / (most or 1)), 1),
        )
        for day, _, so_far in days
    ]
    return found or [(LEFT, BOTTOM)]


def _joined(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)

"""Stock over time as a step line: points for an SVG of 760 by 200, zero at the bottom."""

from datetime import datetime
from typing import NamedTuple

LEFT, RIGHT, TOP, BOTTOM = 4.0, 756.0, 16.0, 172.0
WORDS = 280.0  # width of the reorder point's label on the narrowest chart, a phone's


class StockChart(NamedTuple):
    """Coordinates for the template: line, area, reorder point's height, and the highest stock.

    `words_left` puts the reorder point's label at the left, where it is farther from the stock line
    than at the right.
    """

    line: str
    area: str
    reorder: float
    most: int
    last: tuple[float, float]
    words_left: bool


def stock_chart(
    points: list[tuple[datetime, int, int]], since: datetime, until: datetime, reorder_point: int
) -> StockChart:
    """Build the chart from (moment, on hand, reserved); stock is constant between moments."""
    most = max([on_hand for _, on_hand, _ in points] + [reorder_point, 1])
    span = max((until - since).total_seconds(), 1.0)

    def x(moment: datetime) -> float:
        return round(LEFT + (RIGHT - LEFT) * (moment - since).total_seconds() / span, 1)

    def y(cases: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * cases / most, 1)

    corners: list[tuple[float, float]] = []
    for moment, on_hand, _ in points:
        if corners:
            corners.append((x(moment), corners[-1][1]))
        corners.append((x(moment), y(on_hand)))
    corners.append((RIGHT, corners[-1][1]))
    line = " ".join(f"{a},{b}" for a, b in corners)
    reorder = y(reorder_point)
    near = [
        min(
            (abs(b - reorder + 8) for a, b in corners if start <= a <= start + WORDS),
            default=BOTTOM,
        )
        for start in (LEFT, RIGHT - WORDS)
    ]
    return StockChart(
        line,
        f"{LEFT},{BOTTOM} {line} {RIGHT},{BOTTOM}",
        reorder,
        most,
        corners[-1],
        near[0] > near[1],
    )

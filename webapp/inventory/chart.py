"""Stock over time as a step line: points for an SVG of 760 by 200, zero at the bottom."""

from datetime import datetime
from typing import NamedTuple

LEFT, RIGHT, TOP, BOTTOM = 4.0, 756.0, 16.0, 172.0
WORDS = 280.0  # how wide the reorder point's words are where the chart is narrowest, on a phone


class StockChart(NamedTuple):
    """Coordinates for the template: the line, its area, the reorder point's height, and the highest stock.

    `words_left`: the reorder point's words stand at the left, where the stock is farther from them than at the right.
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
    """The chart of (moment, on hand, reserved), where on hand stays as it is until the next moment."""
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

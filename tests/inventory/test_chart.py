"""The chart of stock over time: a step line from zero, and words that do not lie on it."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.inventory.stock_chart import (
    BOTTOM,
    LEFT,
    RIGHT,
    stock_chart,
)

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=10)


def chart(*on_hand: int, reorder: int):
    """Stock that was so much, each for the same time."""
    return stock_chart(
        [(SINCE + n * (UNTIL - SINCE) / len(on_hand), cases, 0) for n, cases in enumerate(on_hand)],
        SINCE,
        UNTIL,
        reorder,
    )


def test_the_line_goes_by_steps_from_side_to_side_over_zero():
    drawn = chart(0, 10, reorder=5)
    assert (
        drawn.line == f"{LEFT},{BOTTOM} 380.0,{BOTTOM} 380.0,16.0 {RIGHT},16.0" and drawn.most == 10
    )
    assert drawn.last == (RIGHT, 16.0) and drawn.reorder == 94.0


@pytest.mark.parametrize(
    ("on_hand", "words_left"),
    [((90, 80, 70, 11), True), ((11, 70, 80, 90), False), ((90, 90), False)],
)
def test_the_words_of_the_reorder_point_stand_where_the_stock_is_farther_away(
    on_hand: tuple[int, ...], words_left: bool
):
    assert chart(*on_hand, reorder=10).words_left is words_left

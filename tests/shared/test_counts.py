"""Counts agree with their nouns."""

import pytest

from models.shared.counts import counted


@pytest.mark.parametrize(
    ("number", "nouns", "words"),
    [
        (0, ["case"], "0 cases"),
        (1, ["case"], "1 case"),
        (2, ["case"], "2 cases"),
        (1200, ["order"], "1,200 orders"),
        (1, ["delivery", "deliveries"], "1 delivery"),
        (2, ["delivery", "deliveries"], "2 deliveries"),
    ],
)
def test_a_count_agrees_with_its_noun(number: int, nouns: list[str], words: str) -> None:
    assert counted(number, *nouns) == words

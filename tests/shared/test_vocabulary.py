"""The vocabularies of the areas: what is stored, and the words, icons and tones that people see."""

from pathlib import Path

import pytest

from models.finance.vocabulary import Status as ExpenseStatus
from models.inventory.vocabulary import LedgerKind, StockTakeStatus
from models.inventory.vocabulary import Status as ShipmentStatus
from models.orders.vocabulary import Status as OrderStatus
from models.sales.vocabulary import Activity, LostReason, Outcome, Source, Stage
from models.shared.vocabulary import Vocabulary

ICONS = set((Path(__file__).parents[2] / "static/icons.txt").read_text().split())
SHOWN = (Activity, ExpenseStatus, LedgerKind, OrderStatus, ShipmentStatus, Stage, StockTakeStatus)


@pytest.mark.parametrize("vocabulary", [*SHOWN, LostReason, Outcome, Source])
def test_every_value_of_a_vocabulary_has_a_label(vocabulary: type[Vocabulary]):
    assert vocabulary.values() == tuple(vocabulary.labels())
    assert all(vocabulary.labels().values())
    assert {type(value) for value in vocabulary.values()} == {str}, "plain text for SQL and JSON"


@pytest.mark.parametrize("vocabulary", SHOWN)
def test_every_icon_of_a_vocabulary_is_in_the_sprite(vocabulary: type[Vocabulary]):
    assert {each.icon for each in vocabulary} - ICONS == set()


def test_a_value_finds_its_word_and_an_unknown_one_is_shown_as_it_is():
    assert OrderStatus("back_ordered").label == "Back-ordered"
    assert OrderStatus.label_of("back_ordered") == "Back-ordered"
    assert OrderStatus.label_of("lost_at_sea") == "lost_at_sea"
    with pytest.raises(ValueError, match="lost_at_sea"):
        OrderStatus("lost_at_sea")


def test_a_value_of_a_vocabulary_is_its_text():
    assert Stage.NEW == "new" and f"{Stage.NEW}" == "new"
    assert {"new": 1}[Stage.NEW] == 1

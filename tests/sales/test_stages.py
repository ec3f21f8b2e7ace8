"""The way of a lead: every pair of stages."""

import pytest

from models.sales.stages import (
    OPEN,
    STAGES,
    TRANSITIONS,
    Refused,
    check_move,
    may_work,
    open_moves,
    why_not,
)

MAY = {
    ("new", "contacted"),
    ("contacted", "qualified"),
    ("qualified", "proposal"),
    ("proposal", "converted"),
    ("contacted", "new"),
    ("qualified", "new"),
    ("qualified", "contacted"),
    ("proposal", "new"),
    ("proposal", "contacted"),
    ("proposal", "qualified"),
    ("new", "lost"),
    ("contacted", "lost"),
    ("qualified", "lost"),
    ("proposal", "lost"),
    ("lost", "new"),
    ("lost", "contacted"),
    ("lost", "qualified"),
    ("lost", "proposal"),
}


@pytest.mark.parametrize("after", STAGES)
@pytest.mark.parametrize("before", STAGES)
def test_each_pair_is_allowed_or_refused_in_words(before: str, after: str) -> None:
    if (before, after) in MAY:
        check_move("Laurel Run", before, after)
        assert why_not("Laurel Run", before, after) == ""
    else:
        with pytest.raises(Refused, match="Laurel Run") as refused:
            check_move("Laurel Run", before, after)
        assert refused.value.code == "stage_refused" and refused.value.message.endswith(".")


def test_the_table_names_every_stage_and_no_other() -> None:
    assert set(TRANSITIONS) == set(STAGES)
    assert set().union(*TRANSITIONS.values()) <= set(STAGES)
    assert open_moves("qualified") == ("new", "contacted", "proposal") and open_moves("lost") == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("new", "qualified", "Laurel Run is in stage New. The next stage is Contacted."),
        ("new", "proposal", "Laurel Run is in stage New. The next stage is Contacted."),
        ("contacted", "proposal", "Laurel Run is in stage Contacted. The next stage is Qualified."),
    ],
)
def test_a_stage_that_is_left_out_is_named(before: str, after: str, words: str) -> None:
    assert why_not("Laurel Run", before, after) == words


def test_a_lead_converts_from_proposal_only_and_says_so() -> None:
    for stage in OPEN[:-1]:
        assert "Only leads in Proposal" in why_not("Laurel Run", stage, "converted")


@pytest.mark.parametrize(
    ("uid", "any_lead", "owner", "may"),
    [
        ("jim", False, "jim", True),
        ("jim", False, "", True),
        ("jim", False, "dwight", False),
        ("michael", True, "dwight", True),
    ],
)
def test_a_lead_is_worked_by_its_owner_by_anybody_without_one_and_by_a_manager(
    uid, any_lead, owner, may
) -> None:
    assert may_work(uid, any_lead, owner) is may

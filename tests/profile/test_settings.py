"""The company's settings: what may be set, who set what, and that no change is lost on its way to other services."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from models.profile.commands import change_setting, change_settings
from models.profile.queries import (
    get_setting,
    get_setting_history,
    list_settings,
    settings_changed_since,
)
from models.profile.rules import Change
from models.shared.errors import Invalid, NotFound, Stale
from models.shared.settings.company import (
    BY_NAME,
    SETTINGS,
    parse,
    shown,
    value,
)
from models.shared.settings.pulled_records import (
    PulledPage,
    known_revision,
    pulled_records,
    take_page,
)
from models.shared.transactions import reading, transaction


def change(actor: str = "nick.reyes", **changes: tuple[str, str]) -> list[str]:
    with transaction("profile", actor=actor) as session:
        return change_settings(session, {name: Change(*each) for name, each in changes.items()})


def now(name: str) -> Any:
    with reading("profile") as session:
        return get_setting(session, name)


def page(*rows: Any, revision: int, complete: bool = False) -> PulledPage:
    return PulledPage(
        revision=revision,
        complete=complete,
        records={name: {"name": name, "value": wanted, "revision": n} for name, wanted, n in rows},
    )


def take(*rows: Any, revision: int, complete: bool = False, schema: str = "finance") -> None:
    with transaction(schema, actor="service:test") as session:
        take_page(session, "settings", page(*rows, revision=revision, complete=complete))


def known(name: str, schema: str = "finance") -> Any:
    with reading(schema) as session:
        return value(session, name)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_default_is_a_value_that_could_be_typed(setting: Any):
    assert parse(setting, shown(setting.default)) == setting.default
    assert setting.label and setting.says.endswith(".")


@pytest.mark.parametrize(
    ("name", "typed", "wanted"),
    [
        ("discount_limit_percent", "12.5", Decimal("12.5")),
        ("discount_limit_percent", "0", Decimal(0)),
        ("voucher_threshold", " 40 ", Decimal("40.00")),
        ("expense_max_age_days", "30", 30),
        ("second_person_packs", "yes", True),
        ("reservation_mode", "all", "all"),
    ],
)
def test_what_fits_is_read_by_its_kind(name: str, typed: str, wanted: Any):
    found = parse(BY_NAME[name], typed)
    assert found == wanted and type(found) is type(wanted)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("discount_limit_percent", "100.01"),
        ("discount_limit_percent", "-1"),
        ("discount_limit_percent", "ten"),
        ("discount_limit_percent", ""),
        ("discount_limit_percent", "NaN"),
        ("discount_limit_percent", "1e1"),
        ("discount_limit_percent", "٣"),
        ("voucher_threshold", "12.345"),
        ("voucher_threshold", "1000000.01"),
        ("expense_max_age_days", "0"),
        ("expense_max_age_days", "30.5"),
        ("second_person_packs", "maybe"),
        ("reservation_mode", "none"),
        ("notification_retention_days", "6"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(name: str, typed: str, clean_database: str):
    with pytest.raises(Invalid) as refused:
        change(**{name: ("?", typed), "category_limit_mileage": ("300.00", "30")})
    assert refused.value.errors[name].endswith((".", "?"))
    assert not change_is_there()


def change_is_there() -> bool:
    with reading("profile") as session:
        return any(row.revision for row in list_settings(session))


def test_a_change_names_who_made_it_and_what_was_before(clean_database: str):
    assert change(discount_limit_percent=("10", "15")) == ["discount_limit_percent"]
    change("ryan.howard", discount_limit_percent=("15", "12"))
    assert now("discount_limit_percent").value == Decimal(12)
    with reading("profile") as session:
        history = get_setting_history(session, "discount_limit_percent")
    assert [(entry.actor, entry.changes) for entry in history] == [
        ("ryan.howard", {"was": "15", "now": "12"}),
        ("nick.reyes", {"was": "10", "now": "15"}),
    ]


def test_what_means_the_same_is_no_change(clean_database: str):
    assert change(voucher_threshold=("25.00", "25"), discount_limit_percent=("10", "10.0")) == []
    assert not change_is_there()


def test_one_who_saw_an_older_value_is_refused_and_nothing_is_changed(clean_database: str):
    change(discount_limit_percent=("10", "15"))
    with pytest.raises(Stale) as refused:
        change(
            "ryan.howard", discount_limit_percent=("10", "20"), voucher_threshold=("25.00", "99")
        )
    assert refused.value.details["changes"] == {"discount_limit_percent": ("10", "15")}
    assert (
        now("discount_limit_percent").value == Decimal(15)
        and now("voucher_threshold").revision == 0
    )


def test_two_who_change_different_settings_do_not_stand_in_each_others_way(clean_database: str):
    change(discount_limit_percent=("10", "15"))
    assert change("ryan.howard", voucher_threshold=("25.00", "99")) == ["voucher_threshold"]


def test_no_setting_that_is_none(clean_database: str):
    with pytest.raises(NotFound):
        change(session_secret=("a", "b"))


def test_by_revision_only_the_last_reader_may_change(clean_database: str):
    with transaction("profile", actor="nick.reyes") as session:
        change_setting(session, "discount_limit_percent", "15", 0)
    with pytest.raises(Stale), transaction("profile", actor="ryan.howard") as session:
        change_setting(session, "discount_limit_percent", "20", 0)
    assert now("discount_limit_percent").changed_by == "nick.reyes"


def test_revisions_follow_the_commits_so_that_asking_since_misses_nothing(clean_database: str):
    names = [setting.name for setting in SETTINGS if setting.kind == "money"]
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(lambda name: change(**{name: (shown(BY_NAME[name].default), "77")}), names)
        )
    with reading("profile") as session:
        everything = settings_changed_since(session, 0)
        later = settings_changed_since(session, 3)
    assert [row.revision for row in everything.rows] == list(range(1, len(names) + 1))
    assert everything.complete and not later.complete
    assert [row.revision for row in later.rows] == list(range(4, len(names) + 1))


def test_before_the_first_pull_the_defaults_hold(clean_database: str):
    assert known("discount_limit_percent") == Decimal(10)
    assert known("second_person_packs", "inventory") is False
    with pytest.raises(KeyError):
        known("no_such_setting")


def test_what_was_pulled_holds_and_an_older_page_changes_nothing(clean_database: str):
    take(("discount_limit_percent", "15", 7), revision=7)
    take(("discount_limit_percent", "12", 5), revision=5)
    assert known("discount_limit_percent") == Decimal(15)
    take(("discount_limit_percent", "12", 5), ("voucher_threshold", "40.00", 8), revision=8)
    assert known("discount_limit_percent") == Decimal(15), "a record never goes back"
    assert known("voucher_threshold") == Decimal("40.00")
    with reading("finance") as session:
        assert known_revision(session, "settings") == 8


def test_a_complete_page_replaces_all_even_when_the_owner_came_from_a_backup(clean_database: str):
    take(("discount_limit_percent", "15", 7), ("voucher_threshold", "40.00", 8), revision=8)
    take(("discount_limit_percent", "11", 2), revision=2, complete=True)
    assert known("discount_limit_percent") == Decimal(11)
    assert known("voucher_threshold") == BY_NAME["voucher_threshold"].default
    with reading("finance") as session:
        assert set(pulled_records(session, "settings")) == {"discount_limit_percent"}


@pytest.mark.parametrize("stored", [None, "many", "1000", ["10"], {"a": 1}])
def test_a_value_that_cannot_be_read_counts_as_unset(clean_database: str, stored: Any):
    take(("discount_limit_percent", stored, 1), revision=1)
    assert known("discount_limit_percent") == Decimal(10)


def test_a_number_not_given_yet_is_answered_with_everything(clean_database: str):
    change(discount_limit_percent=("10", "15"))
    with reading("profile") as session:
        found = settings_changed_since(session, 99)
    assert found.complete and found.revision == 1 and len(found.rows) == 1

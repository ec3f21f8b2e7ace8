"""The seeded company is made once per state of its code and copied wherever it is needed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from stack import seed_cache
from stack.embedded import postgres
from stack.seed.calendar import business_days
from stack.seed_cache import ORDERS


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of the test's own where companies are kept."""
    monkeypatch.setattr(seed_cache, "PLACE", tmp_path / "cache")
    return tmp_path / "cache"


def made(folder: Path, content: str) -> Path:
    """A stack's folder as it is right after the seed."""
    folder.mkdir()
    data = postgres.data_folder(folder)
    data.mkdir()
    (data / "PG_VERSION").write_text(content)
    for name in seed_cache.NOTES:
        (folder / name).write_text(f"{name} {content}")
    (folder / "postgres-password").chmod(0o600)
    return folder


def test_a_company_is_copied_whole_with_its_password_and_modes(tmp_path: Path, kept_in: Path):
    first, second = made(tmp_path / "first", "one"), tmp_path / "second"
    second.mkdir()
    with seed_cache.locked():
        assert not seed_cache.restore(seed_cache.place(ORDERS), second)
        seed_cache.keep(first, seed_cache.place(ORDERS))
        assert seed_cache.restore(seed_cache.place(ORDERS), second)
    assert (postgres.data_folder(second) / "PG_VERSION").read_text() == "one"
    assert (second / "postgres-password").read_text() == "postgres-password one"
    assert (second / "postgres-password").stat().st_mode & 0o777 == 0o600


def test_a_newer_company_takes_the_place_of_the_older_ones(tmp_path: Path, kept_in: Path):
    with seed_cache.locked():
        seed_cache.keep(made(tmp_path / "old", "old"), kept_in / "company-9-old")
        seed_cache.keep(made(tmp_path / "new", "new"), kept_in / "company-9-new")
    assert [path.name for path in kept_in.glob("*company-*")] == ["company-9-new"]


def test_it_serves_for_the_same_business_days_only():
    start = datetime(2026, 11, 18, 5, 30, tzinfo=UTC)
    hours = [start + timedelta(hours=hour) for hour in range(72)]
    found = [seed_cache.fingerprint(hour) for hour in hours]
    for (before, one), (after, other) in pairwise(zip(hours, found, strict=True)):
        assert one != other or business_days(before) == business_days(after)
    assert len(set(found)) == 7


@pytest.mark.parametrize(
    "changed", ["stack/seed/office.toml", "models/new.py", "requirements.lock"]
)
def test_it_is_made_anew_when_what_makes_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
):
    now = datetime.now(UTC)
    monkeypatch.setattr(seed_cache, "ROOT", tmp_path)
    for name in seed_cache.MADE_BY:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("") if path.suffix else path.mkdir()
    before = seed_cache.fingerprint(now)
    assert seed_cache.fingerprint(now) == before
    (tmp_path / changed).write_text("changed")
    assert seed_cache.fingerprint(now) != before

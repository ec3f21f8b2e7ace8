"""Snapshots: whole, at one moment, kept for 7 days, loud when they fail; and the way back."""

import json
import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from prometheus_client import REGISTRY

from consumers.backup import restore, snapshots
from consumers.jobs import process
from models.inventory.commands import create_product
from models.inventory.receipts import receive_goods
from models.inventory.rules import NewProduct
from models.shared import clock
from models.shared.operations import snapshots as kept_snapshots
from models.shared.transactions import transaction
from settings import settings
from stack.embedded import postgres
from tests.conftest import PASSWORD, running_postgres
from tests.scratch import scratch_folder
from tests.web_client import people, web_app
from webapp.gateway.process.internal import internal_application
from webapp.shared.process import readiness

__all__ = ["people", "web_app"]

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def folder(
    clean_database: str, postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Where snapshots go; the database has some stock."""
    point_to(monkeypatch, postgres_server, tmp_path / "snapshots")
    with transaction("inventory", actor="darryl.philbin") as session:
        create_product(
            session,
            NewProduct(
                sku="CP-20-LTR", name="Copy paper", unit_price=Decimal("38.50"), location=""
            ),
        )
        receive_goods(session, "CP-20-LTR", 40, "opening stock")
    yield tmp_path / "snapshots"
    settings.cache_clear()


@pytest.fixture
def fresh_cluster() -> Iterator[str]:
    """The superuser's address of a cluster that knows nothing of us."""
    with scratch_folder("fresh") as place:
        postgres.initialise(place / "data", PASSWORD)
        with running_postgres(place / "data") as address:
            yield address


def point_to(monkeypatch: pytest.MonkeyPatch, server: str, folder: Path) -> None:
    """Settings of an operator at this server."""
    monkeypatch.setenv("DM_SNAPSHOT_FOLDER", str(folder))
    monkeypatch.setenv("DM_SNAPSHOT_DSN", server)
    monkeypatch.setenv("DM_SNAPSHOT_PROGRAMS", str(postgres.binaries()))
    settings.cache_clear()


def damage(snapshot: Path) -> None:
    """One byte of the dump is another."""
    dump = snapshot / "database.dump"
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 0xFF
    dump.write_bytes(content)


def test_a_snapshot_comes_back_whole_in_a_fresh_cluster_with_roles_and_their_limits(
    folder, fresh_cluster, monkeypatch
):
    made = snapshots.take()
    assert snapshots.faults(made) == [] and (made.stat().st_mode & 0o077) == 0
    with transaction("inventory", actor="darryl.philbin") as session:
        receive_goods(session, "CP-20-LTR", 5, "after the snapshot")
    point_to(monkeypatch, fresh_cluster, folder)
    rows = restore.restore(made)
    assert rows == snapshots.manifest(made).rows and rows["inventory.product"] == 1
    place = fresh_cluster.rsplit("@", 1)[1]
    with psycopg.connect(
        f"postgresql://dm_inventory:demo-only-inventory@{place}/dundermifflin"
    ) as connection:
        assert connection.execute("SELECT on_hand FROM inventory.stock").fetchone() == (40,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT 1 FROM orders.outbox")
    with pytest.raises(snapshots.SnapshotFailed, match="fresh cluster"):
        restore.restore(made)


def test_one_schema_comes_back_only_in_a_side_database(folder, clean_database, postgres_server):
    made = snapshots.take()
    with transaction("inventory", actor="darryl.philbin") as session:
        receive_goods(session, "CP-20-LTR", 5, "after the snapshot")
    name = restore.restore_beside(made, "inventory")
    with (
        psycopg.connect(f"{postgres_server}/{name}") as beside,
        psycopg.connect(clean_database) as living,
    ):
        assert beside.execute("SELECT on_hand FROM inventory.stock").fetchone() == (40,)
        assert living.execute("SELECT on_hand FROM inventory.stock").fetchone() == (45,)
        assert beside.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname = 'orders'"
        ).fetchone() == (0,)
    with pytest.raises(snapshots.SnapshotFailed, match="no schema"):
        restore.restore_beside(made, "public; drop")
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}"')


def test_a_damaged_one_is_never_restored_and_the_one_before_it_counts_as_the_last_good(
    folder, fresh_cluster, monkeypatch
):
    with clock.at(NOON - timedelta(days=1)):
        first = snapshots.take()
    with clock.at(NOON):
        second = snapshots.take()
    assert snapshots.newest_good(folder) == second
    damage(second)
    assert snapshots.newest_good(folder) == first and snapshots.faults(second) == [
        "database.dump is not what it was"
    ]
    point_to(monkeypatch, fresh_cluster, folder)
    with pytest.raises(snapshots.SnapshotFailed, match="not what it was"):
        restore.restore(second)
    shutil.copy(second / "manifest.json", first / "manifest.json")
    assert snapshots.newest_good(folder) is None


def test_seven_days_are_kept_and_the_last_good_one_for_ever(folder):
    with clock.at(NOON - timedelta(days=20)):
        oldest = snapshots.take()
    with clock.at(NOON - timedelta(days=9)):
        old = snapshots.take()
        assert snapshots.listed(folder) == [old]
    with clock.at(NOON):
        assert snapshots.prune(folder) == [], "the only good one stays, however old"
        newest = snapshots.take()
        assert snapshots.listed(folder) == [newest]
        damage(newest)
    with clock.at(NOON + timedelta(days=30)):
        assert snapshots.prune(folder) == [] and not oldest.exists()


def test_a_failed_one_is_loud_and_leaves_nothing_that_looks_like_one(folder, monkeypatch, caplog):
    monkeypatch.setenv(
        "DM_SNAPSHOT_DSN", settings().snapshot_dsn.reveal().replace(PASSWORD, "wrong-password")
    )
    settings.cache_clear()
    before = snapshots.TAKEN.labels("failed")._value.get()
    with caplog.at_level(logging.ERROR), pytest.raises(snapshots.SnapshotFailed):
        snapshots.take()
    assert snapshots.TAKEN.labels("failed")._value.get() == before + 1
    assert "no snapshot was taken" in caplog.text and "wrong-password" not in caplog.text
    assert snapshots.listed(folder) == []
    stands = kept_snapshots.standing()
    assert (
        stands.state == "late"
        and "There is no good snapshot." in stands.says
        and "failed: " in stands.says[1]
    )
    assert "wrong-password" not in str(stands)


def test_a_failed_try_and_a_damaged_one_are_seen_at_readyz_until_a_good_one_follows(
    folder, monkeypatch, web_app
):
    with clock.at(NOON):
        first = snapshots.take()
        assert at_readyz(web_app) == {"name": "snapshots", "up": True}
        (folder / "20261120T120000Z").mkdir()
        assert (
            set(snapshots.read_all_through(folder)) == {"20261120T120000Z"}
            and shown("dm_snapshots_damaged") == 1
        )
        assert at_readyz(web_app)["error"].startswith(
            "damaged: 20261120T120000Z: manifest.json is missing"
        )
        damage(first)
    with clock.at(NOON + timedelta(hours=2)):
        monkeypatch.setenv("DM_SNAPSHOT_PROGRAMS", "/nowhere")
        settings.cache_clear()
        with pytest.raises(snapshots.SnapshotFailed):
            snapshots.take_daily_snapshot()
        said = at_readyz(web_app)
        assert (
            "failed: The attempt at Nov 22, 2026, 2:00 PM UTC failed" in said["error"]
            and said["up"] is False
        )
        assert readiness.of(web_app).status() != "down", "people go on working"
        monkeypatch.setenv("DM_SNAPSHOT_PROGRAMS", str(postgres.binaries()))
        settings.cache_clear()
        snapshots.take_daily_snapshot()
        assert snapshots.newest_good(folder) == snapshots.listed(folder)[-1] != first, (
            "a damaged one is replaced within the hour"
        )
        assert "database.dump is not what it was" in at_readyz(web_app)["error"]
        shutil.rmtree(first)
        shutil.rmtree(folder / "20261120T120000Z")
        assert (
            at_readyz(web_app)["up"]
            and shown("dm_snapshot_last_good_timestamp_seconds") == clock.now().timestamp()
        )


def at_readyz(app: Flask) -> dict[str, Any]:
    """What an administrator reads of the snapshots on the internal port."""
    readiness.of(app)._last = None
    body = b"".join(
        internal_application(app)(
            {"PATH_INFO": "/readyz", "HTTP_HOST": "localhost"}, lambda *_: None
        )
    )
    return next(each for each in json.loads(body)["dependencies"] if each["name"] == "snapshots")


def shown(metric: str) -> float | None:
    return REGISTRY.get_sample_value(metric)


def test_a_tool_that_is_missing_or_cut_short_makes_no_snapshot(folder, tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    cut = tools / "pg_dump"
    cut.write_text(
        '#!/bin/sh\nwhile [ "$1" ]; do [ "$1" = --file ] && printf PGDMP > "$2"; shift; done\n'
    )
    cut.chmod(0o755)
    for name in ("pg_dumpall", "pg_restore"):
        (tools / name).symlink_to(postgres.binaries() / name)
    monkeypatch.setenv("DM_SNAPSHOT_PROGRAMS", str(tools))
    settings.cache_clear()
    with pytest.raises(snapshots.SnapshotFailed, match="pg_restore failed"):
        snapshots.take()
    cut.unlink()
    with pytest.raises(snapshots.SnapshotFailed):
        snapshots.take()
    assert snapshots.listed(folder) == []


def test_the_job_takes_one_a_day_makes_up_for_a_pause_and_says_how_it_stands(folder):
    with clock.at(NOON):
        snapshots.take_daily_snapshot()
        assert kept_snapshots.standing() == kept_snapshots.Standing(state="good", last_good=NOON)
        first = snapshots.listed(folder)
    with clock.at(NOON + timedelta(hours=23)):
        snapshots.take_daily_snapshot()
        assert snapshots.listed(folder) == first
    with clock.at(NOON + timedelta(days=3)):
        assert kept_snapshots.standing().says == ["The last good one is 72 h old."]
        assert process.readiness([])[1]["snapshots"]["state"] == "late"
        snapshots.take_daily_snapshot()
        assert len(snapshots.listed(folder)) == 2 and kept_snapshots.standing().state == "good"


def test_two_processes_do_not_take_one_at_the_same_time(folder):
    with snapshots.the_only_one(), pytest.raises(snapshots.SnapshotFailed, match="another process"):
        snapshots.take()
    assert snapshots.take().exists()


def test_without_a_folder_nothing_is_taken(clean_database, monkeypatch):
    monkeypatch.delenv("DM_SNAPSHOT_FOLDER", raising=False)
    settings.cache_clear()
    snapshots.take_daily_snapshot()
    assert kept_snapshots.standing().state == "off"

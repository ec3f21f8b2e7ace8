"""The short form of `make chaos`: a seeded campaign on a stack of its own, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, SERVERS

pytestmark = [pytest.mark.stack, pytest.mark.long]


def test_pages_answer_in_time_while_postgresql_stands_still_and_nothing_is_lost(tmp_path: Path):
    """For 15 and for 50 seconds, and servers that come back only after a while, under the same checks."""
    report = tmp_path / "report.json"
    asked = ("--seeds", "2", "--orders", "12", "--faults", "4", "--stack", SERVERS)
    kinds = ("--only", "freeze under pages", "revive later postgres", "revive later ldap")
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *asked, *kinds, "--json", str(report)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())
    assert len(told["faults"]) == 4
    assert told["seen"]["pages that said in time that PostgreSQL stands still"] > 3


def test_whatever_breaks_while_people_work_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path):
    report = tmp_path / "report.json"
    asked = (
        "--seeds",
        "219",
        "--orders",
        "20",
        "--faults",
        "5",
        "--stack",
        SERVERS,
        "--json",
        str(report),
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *asked], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())
    assert len(told["faults"]) == 5
    assert told["deeds"]["order, done"] + told["deeds"]["order by REST, done"] == 20
    assert told["seen"]["pages that are not for the asker, refused"] > 10, (
        "somebody did ask for what is not theirs"
    )
    assert told["seen"]["entries of the feed pushed"] > 0, "somebody did listen"

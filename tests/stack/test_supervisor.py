"""However the supervisor ends, it leaves no process and no lock; and what it ran is there again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from stack.processes import Plan, Process
from stack.services import NICENESS, PRODUCT, SERVERS, plans, servers_named
from stack.supervisor import AlreadyRunning, Stack

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.stack


class Supervisor:
    """`python -m stack servers` over a folder, as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stack", "servers", "--folder", str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if line.startswith("# ready"):
                break
        assert self.said[-1] == "# ready", "\n".join(self.said)
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        assert len(self.children) >= 5

    def exported(self, name: str) -> str:
        """A setting that it printed."""
        return next(
            line.split("=", 1)[1].strip("'")
            for line in self.said
            if line.startswith(f"export {name}=")
        )

    def end(self, number: int) -> int:
        """Sends the signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def assert_nothing_is_left(self) -> None:
        """None of its processes lives (with 12 s for the last ones to go), and its folder is free."""
        _, alive = psutil.wait_procs(self.children, timeout=12)
        assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
        assert not Path(self.folder, "postgres", "postmaster.pid").exists()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


# To be killed is the hardest of the three, and the second start ends by SIGTERM each time.
@pytest.mark.parametrize(
    "number",
    [
        *(pytest.param(each, marks=pytest.mark.long) for each in (signal.SIGTERM, signal.SIGINT)),
        signal.SIGKILL,
    ],
)
def test_nothing_is_left_and_the_next_start_finds_the_data(folder: Path, number: int):
    first = Supervisor(folder)
    with psycopg.connect(f"{first.exported('DM_ADMIN_DSN')}/dundermifflin") as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")
    code = first.end(number)
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    first.assert_nothing_is_left()
    second = Supervisor(folder)
    try:
        assert not any("Preparing" in line for line in second.said), (
            "the migrations are not run again"
        )
        assert second.exported("DM_OIDC_ISSUER") == first.exported("DM_OIDC_ISSUER")
        with psycopg.connect(f"{second.exported('DM_ADMIN_DSN')}/dundermifflin") as connection:
            assert connection.execute("SELECT answer FROM public.kept").fetchone() == (42,)
    finally:
        second.end(signal.SIGTERM)
    second.assert_nothing_is_left()


def test_what_follows_behind_pages_and_the_bell_stands_back(tmp_path: Path):
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    for niceness in (0, *set(NICENESS.values())):
        process = Process(
            Plan("modest", sleep, lambda: True, niceness=niceness), tmp_path / "log"
        ).start()
        try:
            assert psutil.Process(process.pid).nice() == min(os.nice(0) + niceness, 19)
        finally:
            process.kill()
    ports = dict.fromkeys(("web", "internal", *PRODUCT, *SERVERS, "mail"), 1)
    made = plans(servers_named("embedded"), ports, tmp_path, {}, PRODUCT)
    assert {name: plan.niceness for name, plan in made.items() if plan.niceness} == NICENESS
    assert not {"web", "relay", "notifications"} & set(NICENESS)


def test_two_do_not_share_a_folder(folder: Path):
    with (
        Stack(folder, only=["kafka"]) as running,
        pytest.raises(AlreadyRunning),
        Stack(folder, only=["kafka"]),
    ):
        pass
    assert not running.processes["kafka"].is_alive()


def test_a_process_that_dies_unasked_comes_back_and_one_that_was_killed_here_stays_away(
    folder: Path,
):
    with Stack(folder, only=["kafka", "ldap"]) as running:
        broker, directory = running.processes["kafka"], running.processes["ldap"]
        old = broker.pid
        directory.kill()
        os.kill(old, signal.SIGKILL)
        running.wait_until(
            lambda: broker.is_alive() and broker.pid != old and broker.plan.is_ready(), 15
        )
        assert not directory.is_alive()
        running.start("ldap")
        assert directory.is_alive()

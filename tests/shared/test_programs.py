"""Programs that the web server runs: none of them, nor its start, touches other people's requests."""

import subprocess
import sys
from pathlib import Path

import pytest

from webapp.shared.process.programs import run_module

ROOT = Path(__file__).parents[2]
# A hook that waits in the copy of the process, as the tracing SDK's does.
WHO_SERVES = """
from gevent import monkey
monkey.patch_all()
import os, sys, threading, time, gevent
from webapp.shared.process.programs import run_module

def wait_in_the_copy():
    thread = threading.Thread(target=time.sleep, args=(0.05,))
    thread.start()
    thread.join()

os.register_at_fork(after_in_child=wait_in_the_copy)
served = open(sys.argv[1], "ab", buffering=0)

def serve():
    while True:
        served.write(f"{os.getpid()}\\n".encode())
        gevent.sleep(0.002)

gevent.spawn(serve)
gevent.sleep(0.01)
for _ in range(5):
    run_module("models.shared.counts", b"", seconds=30)
    gevent.sleep(0.01)
print(os.getpid())
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of which the modules can be run."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_a_program_is_given_the_data_and_its_answer_comes_back(programs: Path):
    (programs / "louder.py").write_text("import sys; sys.stdout.write(sys.stdin.read().upper())")
    assert run_module("louder", b"paper" * 50_000, seconds=30) == b"PAPER" * 50_000


def test_a_program_finds_the_modules_of_the_product_wherever_the_server_was_started(
    programs: Path, monkeypatch: pytest.MonkeyPatch
):
    (programs / "finder.py").write_text(
        "import models.shared.counts as found; print(found.__name__)"
    )
    monkeypatch.chdir("/")
    assert run_module("finder", b"", seconds=30) == b"models.shared.counts\n"


def test_a_program_that_fails_says_so(programs: Path, caplog: pytest.LogCaptureFixture):
    (programs / "failing.py").write_text("import sys\nprint('why', file=sys.stderr)\nsys.exit(3)")
    with pytest.raises(subprocess.CalledProcessError, match="status 3"):
        run_module("failing", b"", seconds=30)
    assert "failing ended with status 3: why" in caplog.text


def test_a_program_that_takes_too_long_is_ended(programs: Path):
    pid = programs / "pid"
    (programs / "slow.py").write_text(
        f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(600)"
    )
    with pytest.raises(subprocess.TimeoutExpired):
        run_module("slow", b"", seconds=2)
    assert not pid.exists() or not Path(f"/proc/{pid.read_text()}").exists()


def test_no_request_is_served_by_the_copy_that_becomes_the_program(tmp_path: Path):
    served = tmp_path / "served"
    own = subprocess.run(
        [sys.executable, "-c", WHO_SERVES, str(served)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert set(served.read_text().split()) == set(own)

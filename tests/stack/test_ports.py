"""A port that the stack chose is kept from others until the process that it is for starts."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stack import ports

ROOT = Path(__file__).parents[2]


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    return tmp_path / "ports.json"


def test_nobody_else_gets_a_chosen_port_until_it_is_let_go(remembered: Path):
    held = ports.choose(remembered)
    web = ports.number(held["web"])
    assert ports.number(ports.choose(remembered)["web"]) != web, "a second stack gets another one"
    held["web"].close()
    with socket.socket() as process:
        process.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        process.bind(("127.0.0.1", web))


def test_another_stack_does_not_get_a_port_whose_server_does_not_listen_yet(
    remembered: Path, tmp_path: Path
):
    wish = ports.number(held := ports.free())
    held.close()
    starting = ports.choose(remembered, {"web": wish})
    starting["web"].close()
    words = (
        "import sys; from pathlib import Path; from stack import ports;"
        "held = ports.choose(Path(sys.argv[1]), {'web': int(sys.argv[2])});"
        "print(ports.number(held['web']))"
    )
    command = [sys.executable, "-c", words, str(tmp_path / "other.json"), str(wish)]
    other = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(other.stdout) != wish
    ports.release([wish])
    (tmp_path / "other.json").unlink()
    other = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(other.stdout) == wish


def test_the_next_start_has_the_same_ports(remembered: Path):
    first = {name: ports.number(held) for name, held in ports.choose(remembered).items()}
    assert len(set(first.values())) == len(ports.NAMES)
    assert {name: ports.number(held) for name, held in ports.choose(remembered).items()} == first


def test_a_port_that_was_asked_for_is_taken_or_refused(
    remembered: Path, monkeypatch: pytest.MonkeyPatch
):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        asked = other.getsockname()[1]
        monkeypatch.setenv("DM_PORT", str(asked))
        with pytest.raises(ports.PortTaken, match="DM_PORT"):
            ports.choose(remembered)
    held = ports.choose(remembered)
    assert ports.number(held["web"]) == asked

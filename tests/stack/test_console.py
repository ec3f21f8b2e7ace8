"""What the terminal shows of a process's log."""

import json

import pytest

from stack.console import show


def test_a_json_line_is_shown_short_also_after_a_terminals_control_code(
    capsys: pytest.CaptureFixture[str],
):
    line = json.dumps({"level": "INFO", "message": "applied", "correlation_id": "0123456789abcdef"})
    for given in (line, "\x1b[?25h" + line):
        show("orders", given)
    shown = capsys.readouterr().out.splitlines()
    assert shown == ["orders       | applied [456789abcdef]"] * 2

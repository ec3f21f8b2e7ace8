"""The command line of operators: `python -m consumers …`."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from consumers.__main__ import COMMANDS, program


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(program, words)
    return done.exit_code, done.output


def every_command(group: click.Group, *before: str) -> list[tuple[str, ...]]:
    context, found = click.Context(group), []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        found.append((*before, name))
        if isinstance(command, click.Group):
            found += every_command(command, *before, name)
    return found


EVERY = every_command(program)


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_says_what_it_does(words: tuple[str, ...]) -> None:
    status, said = run(*words, "--help")
    sentence = said.split("\n\n")[1].strip()
    assert status == 0 and sentence.partition("\n")[0][0].isupper(), said


def test_the_help_lists_processes_and_operators_commands() -> None:
    status, said = run("--help")
    assert status == 0
    for name in (*COMMANDS, "worker", "relay", "jobs"):
        assert f"\n  {name} " in said


def test_what_does_not_exist_is_refused_in_words_and_nothing_is_run() -> None:
    for words, reason in (
        (("worker", "profile"), "is not one of 'orders'"),
        (("nothing",), "No such command 'nothing'"),
        (("dead-letters", "skip", "orders", "1"), "Missing option '--reason'"),
        (("events", "republish", "dm.nothing"), "is not one of"),
    ):
        status, said = run(*words)
        assert status == 2 and reason in said, said


def test_a_worker_does_not_load_what_a_backup_needs() -> None:
    code = "import sys, consumers.__main__; print(sorted(m for m in sys.modules if m.startswith('consumers.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['consumers.__main__']"

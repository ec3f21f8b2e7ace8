"""`python -m consumers …`: run a process of the product, or a command for its operators."""

import os
from importlib import import_module

import click

from models.shared.events.catalogue import LISTENERS

# Loaded only when called: a worker must not pay for what a backup needs.
COMMANDS = {
    "check": "consumers.operations.checks:check",
    "backfill": "consumers.operations.checks:backfill",
    "dead-letters": "consumers.operations.events:dead_letters",
    "events": "consumers.operations.events:events",
    "read-models": "consumers.operations.events:read_models",
    "schedule": "consumers.jobs.schedule:schedule",
    "snapshots": "consumers.backup.commands:snapshots",
}


class Program(click.Group):
    """A click group whose operator commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name, or None if there is none."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
def program() -> None:
    """Run a process of the product, or a command for its operators.

    Settings come from the environment; docs/reference/settings.md lists them.
    """


@program.command()
@click.argument("service", type=click.Choice(tuple(LISTENERS)))
def worker(service: str) -> None:
    """Handle the events of one SERVICE until SIGTERM.

    Several processes of one service share its partitions.
    """
    os.environ.setdefault("NO_COLOR", "1")
    import_module("consumers.worker.process").main(service)


@program.command()
def relay() -> None:
    """Publish the outboxes of all services until SIGTERM."""
    import_module("consumers.relay.process").main()


@program.command()
def jobs() -> None:
    """Run deferred and scheduled jobs of all services until SIGTERM."""
    import_module("consumers.jobs.process").main()


if __name__ == "__main__":
    program(prog_name="python -m consumers")

"""The ``jinban`` command."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from app.plainly import told_plainly
from kernel.origin import AT_THE_MACHINE, coming_from

# Each is loaded with its own command: a demo starts two seconds sooner without what others need, and a
# server stays small without the engine, the models and the solver.
COMMANDS = {
    "demo": "app.cli_demo:demo",
    "serve": "app.serve:serve",
    "init": "app.cli_install:init",
    "migrate": "app.cli_install:migrate_command",
    "catalogue": "app.cli_city:load_catalogue",
    "questions": "app.cli_questions:questions_app",
    "staff": "app.cli_people:staff_app",
    "device": "app.cli_people:device_app",
    "webhooks": "app.cli_webhooks:webhooks_app",
    "no-shows": "app.cli_no_shows:no_shows_app",
    "privacy": "app.cli_privacy:privacy_app",
    "keys": "app.cli_keys:keys_app",
    "audit": "app.cli_privacy:audit_app",
    "doctor": "app.cli_doctor:doctor",
    "backup": "app.cli_backup:backup",
    "restore": "app.cli_backup:restore",
    "optimize": "app.cli_studies:optimize",
    "staffing": "app.cli_studies:staffing",
    "simulate": "sim.commands:simulate",
    "load": "sim.load.commands:load",
    "backtest": "sim.backtest.commands:backtest",
    "history": "sim.history_commands:history",
}


def command_line(word: str = "") -> typer.Typer:
    """Return the command line, with one command only where ``word`` is its name."""
    cli = typer.Typer(
        help="Jinban 近办: nearest hall, shortest wait.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # its traces show local variables, keys and passwords among them
    )
    cli.callback()(lambda: None)  # or a single command would stand without its name
    for name in [word] if word in COMMANDS else COMMANDS:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            cli.add_typer(found, name=name)
        else:
            cli.command(name)(found)
    return cli


def main() -> None:
    """Run the command; what goes wrong is told in a line."""
    with told_plainly(), coming_from(AT_THE_MACHINE):
        command_line(*sys.argv[1:2])()

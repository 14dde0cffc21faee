"""The `ivr` command: registers the command groups, and turns errors into one line and an exit code."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

import ivr
from ivr.errors import IvrError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    "demo",
    "init",
    "serve",
    "call",
    "talk",
    "chat",
    "recognise",
    "evaluate",
    "report",
    "export",
    "gaps",
    "history",
    "simulate",
    "tune",
    "doctor",
    "backup",
    "restore",
)
"""Single commands: the function of that name in `ivr.cli.NAME`."""
GROUPS = (
    "admin", "callers", "calls", "directory", "grammar", "models", "privacy", "prompts", "requests", "telephony",
    "wording",
)  # fmt: skip
"""Groups: the `app` of `ivr.cli.NAME`."""

app = typer.Typer(
    name="ivr",
    help="Switchboard: answers the phone, hears a name or an enquiry, deals with it or puts the caller through.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(ivr.__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback where something fails.")] = False,
) -> None:
    del version, debug


def build() -> typer.Typer:
    """Register every command and return the application."""
    if not app.registered_commands:
        for name in COMMANDS:
            app.command(name)(getattr(importlib.import_module(f"ivr.cli.{name}"), name))
        for name in GROUPS:
            app.add_typer(importlib.import_module(f"ivr.cli.{name}").app, name=name)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exits with 0 ok, 1 problems found, 2 bad usage or input, 3 environment."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    if debug:  # allowed anywhere on the line
        arguments = [a for a in arguments if a != "--debug"]
    try:
        build()(arguments, standalone_mode=True)
    except IvrError as error:
        if debug:
            raise
        _complain(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _complain("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if debug:
            raise
        _complain(f"{error.filename or 'this machine'}: {error.strerror or error}")
        sys.exit(3)


def _complain(message: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"ivr: {message}", markup=False, style="red")

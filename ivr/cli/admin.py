"""`ivr admin`: who may administer the site in the browser, and what was done."""

from __future__ import annotations

import getpass
import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.records.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.records.database import Database

app = typer.Typer(help="The administration pages: accounts, and the audit log.", no_args_is_help=True)
users = typer.Typer(help="Who may sign in, and what they may do.", no_args_is_help=True)
app.add_typer(users, name="users")

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Name = Annotated[str, typer.Argument(help="Name to sign in with.")]
_Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@users.command("add")
def add(
    name: _Name,
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.VIEWER,
    shown: Annotated[str, typer.Option(help="Name as colleagues know it.")] = "",
    password_stdin: _Stdin = False,
) -> None:
    """Make an account; without --password-stdin its first password is made up and shown."""
    password = _password(from_stdin=password_stdin)
    with _open() as (accounts, database):
        made = accounts.add(name, role, password, _now(), shown)
        _note(database, "account.add", made.name, role.value)
    typer.echo(f"{made.name} may sign in at /admin as {role}")
    _show(password, hidden=password_stdin)


@users.command("list")
def list_users(as_json: _Json = False) -> None:
    """List the accounts."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    with _open() as (accounts, _):
        found = accounts.all()
    if as_json:
        typer.echo(json.dumps([asdict(account) for account in found], indent=2, default=str, ensure_ascii=False))
        return
    if not found:
        typer.echo("no accounts yet: `ivr admin users add NAME --role administrator` makes the first")
        return
    table = Table("name", "shown as", "role", "second factor", "")
    for account in found:
        state = "disabled" if account.disabled else ("" if account.source == "local" else account.source)
        factor = "yes" if account.two_factors else "no"
        table.add_row(*(Text(cell) for cell in (account.name, account.shown, account.role, factor, state)))
    Console().print(table)


@users.command("role")
def change_role(name: _Name, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Give a person another role."""
    with _open() as (accounts, database):
        accounts.set_role(name, role)
        _note(database, "account.role", name, role.value)
    typer.echo(f"{name} is now {role}")


@users.command("password")
def change_password(name: _Name, password_stdin: _Stdin = False) -> None:
    """Give a person a new password, forget their second factor, and sign them out."""
    password = _password(from_stdin=password_stdin)
    with _open() as (accounts, database):
        accounts.set_password(name, password)
        accounts.set_secret(name, "")
        _note(database, "account.password", name, "")
    typer.echo(f"{name} has a new password")
    _show(password, hidden=password_stdin)


@users.command("disable")
def disable(name: _Name) -> None:
    """Stop a person signing in, and sign them out."""
    _set_disabled(name, disabled=True)


@users.command("enable")
def enable(name: _Name) -> None:
    """Let a person sign in again."""
    _set_disabled(name, disabled=False)


@app.command("notice")
def notice(
    text: Annotated[str, typer.Argument(help="Said to every caller first; none: no longer.")] = "",
) -> None:
    """Have every caller hear an urgent message first, live within seconds; without a message, stop saying it."""
    from ivr.records.shelf import Shelf
    from ivr.settings import load_settings
    from ivr.web.admin.live import publish_notice

    settings = load_settings()
    with _open() as (_, database):
        kept = publish_notice(Shelf(settings, database), text, command_line_user())
        _note(database, "wording.notice", kept.version, text)
    typer.echo(f"version {kept.version} is live: " + ("every new caller hears it first" if text else "it is not said"))


@app.command("log")
def show_log(
    about: Annotated[str, typer.Argument(help="Who, what or which; default: everything.")] = "",
    most: Annotated[int, typer.Option(help="Rows shown.", min=1)] = 50,
    as_json: _Json = False,
) -> None:
    """Show the audit log, the newest first."""
    from ivr.records.trail import read_trail

    with _open() as (_, database):
        rows = read_trail(database, about, most=most)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2, default=str, ensure_ascii=False))
        return
    for row in rows:
        what = " ".join(filter(None, (row.action, row.subject, row.detail)))
        typer.echo(f"{row.at:%Y-%m-%d %H:%M:%S}  {row.who}  {what}")


def _set_disabled(name: str, *, disabled: bool) -> None:
    with _open() as (accounts, database):
        accounts.set_disabled(name, disabled=disabled)
        _note(database, "account.disable" if disabled else "account.enable", name, "")
    typer.echo(f"{name} can no longer sign in" if disabled else f"{name} can sign in again")


@contextmanager
def _open() -> Iterator[tuple[Any, Database]]:
    from ivr.records.accounts import Accounts
    from ivr.records.database import Database
    from ivr.settings import load_settings

    database = Database(load_settings().database_url)
    try:
        yield Accounts(database), database
    finally:
        database.close()


def _note(database: Database, action: str, subject: str, detail: str) -> None:
    from ivr.records.trail import note

    note(database, _now(), command_line_user(), action, subject, detail)


def command_line_user() -> str:
    """Return who runs this, as the audit log names them."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError):  # a user without a name, as in some containers
        return "command line"


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return typer.get_text_stream("stdin").readline().rstrip("\n")
    from ivr.records.accounts import first_password

    return first_password()


def _show(password: str, *, hidden: bool) -> None:
    if not hidden:
        typer.echo(f"first password: {password}")


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)

"""`ivr doctor`: whether everything a site needs is there."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

STYLES = {"ok": "green", "warn": "yellow", "fail": "red", "skip": "dim"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Look at everything a site needs to take calls, and say what to do; exits with 1 where calls would go wrong."""
    from ivr.web.doctor import State, examine

    console = Console(highlight=False, soft_wrap=True)
    checks = []
    for check in examine():
        checks.append(check)
        if not as_json:
            console.print(f"{check.state:<4}", style=STYLES[check.state], end="  ")
            console.print(f"{check.name}: {check.found}" + (f"; {check.todo}" if check.todo else ""), markup=False)
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks], indent=2, ensure_ascii=False))
    if any(check.state is State.FAIL for check in checks):
        raise typer.Exit(1)

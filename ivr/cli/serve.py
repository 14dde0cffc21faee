"""`ivr serve`: takes calls."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.settings import Settings
    from ivr.sites import Installation


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen at; from the settings if not given.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen at.")] = None,
    mode: Annotated[
        str | None, typer.Option(help="Who listens: `gather` (Twilio) or `stream` (our own recogniser).")
    ] = None,
    at: Annotated[
        str, typer.Option(help="Serve as if it were this time now (2026-03-04T10:30), to try out opening hours.")
    ] = "",
    sites: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Serve all sites of this installation file; IVR_SITES if not given."),
    ] = None,
    log_level: Annotated[str, typer.Option("--log-level", help="error, warning, info or debug.")] = "warning",
    log_format: Annotated[
        str, typer.Option("--log-format", help="plain, or json: an object a line, with the call's id.")
    ] = "plain",
) -> None:
    """Serve telephone webhooks, media streams, health and figures until interrupted."""
    from ivr.errors import SettingsError

    if mode not in {None, "gather", "stream"}:
        raise SettingsError(f"`--mode {mode}` is not known", todo="say gather or stream")
    read = partial(_settings, sites, mode)
    settings = read()[0][0]
    levels = {name.lower(): number for name, number in logging.getLevelNamesMapping().items()}
    if log_level.lower() not in levels:
        raise SettingsError(f"`--log-level {log_level}` is not known", todo="say error, warning, info or debug")
    if log_format not in {"plain", "json"}:
        raise SettingsError(f"`--log-format {log_format}` is not known", todo="say plain or json")
    from ivr.channels import logs

    logs.set_up(levels[log_level.lower()], as_json=log_format == "json")
    address, number = host or settings.server.host, port or settings.server.port
    with _figures_of(settings.server.processes):  # told before what counts them is imported
        from ivr.channels.offline import call_time
        from ivr.web import server

        ahead = call_time(at, settings.site) - datetime.now(UTC) if at else timedelta(0)
        server.refuse_unsafe(settings, address)
        _announce(address, number, settings.telephony.mode, checked=bool(settings.secrets.twilio_auth_tokens))
        server.serve(read, (address, number), ahead)


@contextmanager
def _figures_of(processes: int) -> Iterator[None]:
    """Give several processes a folder in which their figures add up, and remove it when the server has ended."""
    if processes < 2 or os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # noqa: PLR2004 (one needs none)
        yield
        return
    folder, mine = tempfile.mkdtemp(prefix="ivr-metrics-"), os.getpid()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        yield
    finally:
        if os.getpid() == mine:  # not when one of the processes ends
            shutil.rmtree(folder, ignore_errors=True)


def _settings(file: Path | None, mode: str | None) -> tuple[list[Settings], Installation | None]:
    """Return the settings of the sites to serve, the default one first; `mode` goes over theirs."""
    many, installation = _written(file)
    if mode is None:
        return many, installation
    return [
        o.model_copy(update={"telephony": o.telephony.model_copy(update={"mode": mode})}) for o in many
    ], installation


def _written(file: Path | None) -> tuple[list[Settings], Installation | None]:
    from ivr.settings import load_settings
    from ivr.sites import read_installation

    named = file or os.environ.get("IVR_SITES", "")
    if not named or (file is None and os.environ.get("IVR_SITE")):
        return [load_settings()], None
    found = read_installation(Path(named).resolve(), os.environ.get("IVR_DATABASE_URL", ""))
    order = sorted(found.places.values(), key=lambda place: place.id != found.default)
    many = [load_settings(place=place) for place in order]
    urls = {settings.database_url for settings in many}
    if len(urls) < len(many):
        from ivr.errors import SettingsError

        raise SettingsError("two sites have one records database", where=str(found.file), todo="give each its own")
    return many, found


def _announce(host: str, port: int, mode: str, *, checked: bool) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"ivr: taking calls at http://{host}:{port}/voice ({mode}); Ctrl-C stops", markup=False)
    if not checked:
        console.print(
            "ivr: no TWILIO_AUTH_TOKEN: requests are not checked, and only this machine is served", markup=False
        )

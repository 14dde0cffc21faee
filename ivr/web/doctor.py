"""Everything a site needs to take calls, looked at one by one: what was found, and what to do about it.

Nothing is changed, nothing is sent but requests to the site's own public address and, for the clock, one to Twilio.
"""

from __future__ import annotations

import resource
import shutil
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.assembly import open_site
from ivr.channels.signatures import HEADER, Signatures
from ivr.channels.telephony_check import check_telephony
from ivr.channels.tolls import toll
from ivr.channels.voiceover import Voiceover
from ivr.directory.load import is_usable
from ivr.directory.versions import active_version
from ivr.errors import IvrError
from ivr.recognise.models import installed_models
from ivr.records.database import peek, peek_room
from ivr.records.spool import Spool
from ivr.settings import load_settings
from ivr.web.server import connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ivr.assembly import Site
    from ivr.records.database import Room
    from ivr.settings import Settings

SECONDS = 5.0
"""Time that anything on the network has."""
LITTLE, TOO_LITTLE = 2_000_000_000, 200_000_000
"""Bytes free on the disk."""
SOON_DAYS, SKEW_SECONDS = 21, 30.0
TWILIO = "https://api.twilio.com/"


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    """Calls are taken, but something is missing."""
    FAIL = "fail"
    SKIP = "skip"
    """Not looked at, and why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    state: State
    found: str
    todo: str = ""


def examine(folder: Path | None = None) -> Iterator[Check]:
    """Look at everything, one check after the other. `folder`: of the site; None: as every command finds it."""
    try:
        settings = load_settings(folder)
    except IvrError as error:
        yield Check("site", State.FAIL, str(error), "run `ivr init DIR`, then `ivr doctor` in DIR")
        yield from _safely("machine", _machine)
        return
    yield Check("site", State.OK, f"{settings.site.name}, {settings.root / 'ivr.toml'}")
    yield from _directory(settings)
    for name, look in _CHECKS:
        yield from _safely(name, partial(look, settings))
    yield from _safely("machine", _machine)


def _safely(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except (IvrError, OSError, ValueError) as error:
        yield Check(name, State.FAIL, str(error) or type(error).__name__)


def _directory(settings: Settings) -> Iterator[Check]:
    try:
        site = open_site(settings)
    except IvrError as error:
        yield Check("directory", State.FAIL, str(error), "mend that, or `ivr directory rollback`")
        return
    version = active_version(settings.path(settings.directory.versions)) or "none activated: the export is used"
    usable = sum(is_usable(entry) for entry in site.directory.entries)
    yield Check("directory", State.OK, f"{usable} of {len(site.directory.entries)} entries can be reached; {version}")
    yield from _safely("numbers", lambda: _numbers(site))
    yield from _safely("telephony", lambda: _telephony(site))


def _numbers(site: Site) -> Iterator[Check]:
    settings = site.settings
    refused = [
        entry.name
        for entry in site.directory.entries
        if entry.number
        and is_usable(entry)
        and not toll(entry.number, settings.limits, settings.directory.country).allowed
    ]
    if refused:
        some = ", ".join(refused[:3])
        yield Check(
            "numbers", State.FAIL, f"{len(refused)} entries have numbers that may not be dialled: {some}",
            "correct them, or list their prefixes in [limits]",
        )  # fmt: skip
    else:
        yield Check("numbers", State.OK, "every number can be dialled")


def _telephony(site: Site) -> Iterator[Check]:
    findings = check_telephony(site.settings, site.directory)
    for finding in findings:
        yield Check("telephony", State.FAIL if finding.serious else State.WARN, finding.what, finding.todo)
    if not findings:
        yield Check("telephony", State.OK, "numbers, secrets and public address are set")


def _public(settings: Settings) -> Iterator[Check]:
    import requests  # noqa: PLC0415 - slow to import

    url = settings.secrets.public_url
    if not url:
        yield Check("public address", State.SKIP, "IVR_PUBLIC_URL is not set")
        return
    try:
        answer = requests.get(f"{url}/healthz", timeout=SECONDS)
    except requests.RequestException as error:
        yield Check(
            "public address", State.FAIL, f"{url}/healthz cannot be reached: {type(error).__name__}",
            "start the server, and check DNS, the proxy and the firewall in front of it",
        )  # fmt: skip
        return
    ours = answer.ok and answer.text == "ok\n"
    yield Check(
        "public address",
        State.OK if ours else State.FAIL,
        f"{url}/healthz answers {answer.status_code}" + ("" if ours else ", and not as this service does"),
        "" if ours else "point the proxy at this service",
    )
    if ours:
        yield _signature(settings)


def _signature(settings: Settings) -> Check:
    """Send a signed notice of a call nobody knows, as Twilio would: it must be believed, and changes nothing."""
    import requests  # noqa: PLC0415

    if not settings.secrets.twilio_auth_tokens:
        return Check("signature", State.SKIP, "TWILIO_AUTH_TOKEN is not set")
    target = f"{settings.secrets.public_url}/voice/status"
    form = {"CallSid": "CA" + "0" * 32, "CallStatus": "in-progress", "From": "anonymous", "To": ""}
    signed = Signatures.of(settings.secrets).sign(target, {name: [value] for name, value in form.items()})
    answer = requests.post(target, data=form, headers={HEADER: signed}, timeout=SECONDS)
    if answer.ok:
        return Check("signature", State.OK, "a signed request is believed")
    return Check(
        "signature", State.FAIL, f"a signed request is answered {answer.status_code}",
        "have the proxy pass path and query on unchanged, and give the server this same TWILIO_AUTH_TOKEN",
    )  # fmt: skip


def _certificate(settings: Settings) -> Iterator[Check]:
    url = urlsplit(settings.secrets.public_url)
    if url.scheme != "https" or not url.hostname:
        yield Check("certificate", State.SKIP, "there is no https address")
        return
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((url.hostname, url.port or 443), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=url.hostname) as wrapped,
        ):
            until = str((wrapped.getpeercert() or {})["notAfter"])
    except (OSError, KeyError) as error:
        yield Check("certificate", State.FAIL, f"{url.hostname}: {error}", "renew it; Twilio refuses a bad one")
        return
    left = (datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) - datetime.now(UTC)).days
    state = State.OK if left > SOON_DAYS else State.WARN
    yield Check("certificate", state, f"{url.hostname}: valid for {left} days", "" if left > SOON_DAYS else "renew it")


def _database(settings: Settings) -> Iterator[Check]:
    found = peek(settings.database_url)
    if found.version == found.newest:
        yield Check("database", State.OK, f"{found.where}: up to date ({found.version})")
    elif found.version:
        yield Check("database", State.OK, f"{found.where}: of release {found.version}; the next start brings it to "
                    f"{found.newest}")  # fmt: skip
    else:
        yield Check("database", State.WARN, f"{found.where}: not made yet", "the first start makes it")
    room = peek_room(settings.database_url)
    if room is not None:
        yield _connections(settings, room)


def _connections(settings: Settings, room: Room) -> Check:
    """Compare what this host's processes may open with what the server takes from everybody."""
    each = connections(settings)
    wanted = settings.server.processes * each
    found = f"{wanted} of this host ({settings.server.processes} processes, {each} each); the server takes {room.most}"
    if wanted > room.most:
        return Check(
            "connections", State.FAIL, found,
            "raise max_connections of PostgreSQL, lower records.connections, or put PgBouncer between",
        )  # fmt: skip
    if 2 * wanted > room.most:
        return Check(
            "connections", State.WARN, f"{found}, {room.used} in use now",
            "enough for this host alone: with a second one, raise max_connections or lower records.connections",
        )  # fmt: skip
    return Check("connections", State.OK, found)


def _spool(settings: Settings) -> Iterator[Check]:
    folder = settings.path(settings.records.spool)
    waiting = Spool(folder).lines() if folder.exists() else 0
    if waiting:
        yield Check("spool", State.WARN, f"{waiting} records wait in {folder}", "a running server replays them")
    else:
        yield Check("spool", State.OK, "no record waits")


def _models(settings: Settings) -> Iterator[Check]:
    own = settings.recognition.vosk_model
    if own and not settings.path(own).is_dir():
        yield Check("models", State.FAIL, f"recognition.vosk_model {own!r} is no folder", "run `ivr models install`")
        return
    import pocketsphinx  # noqa: F401, PLC0415 - native libraries load where they are used
    import vosk  # noqa: F401, PLC0415

    more = len(installed_models(settings.path("var/models"))) if settings.path("var/models").is_dir() else 0
    yield Check("models", State.OK, f"{own or 'the built-in model'}; {more} others installed")


def _audio(settings: Settings) -> Iterator[Check]:
    folder = settings.path(settings.telephony.audio)
    if not (folder / "prompts.csv").is_file():
        yield Check("audio", State.WARN, f"no recorded prompts in {folder}: everything is spoken by Twilio's voice",
                    "record some, or leave it so; see `ivr prompts`")  # fmt: skip
        return
    Voiceover.load(folder)
    yield Check("audio", State.OK, f"the recordings listed in {folder / 'prompts.csv'} can be played")


def _disk(settings: Settings) -> Iterator[Check]:
    var = settings.path("var")
    var.mkdir(exist_ok=True)
    probe = var / ".doctor"
    probe.write_bytes(b"ok")
    probe.unlink()
    free = shutil.disk_usage(var).free
    state = State.OK if free > LITTLE else State.WARN if free > TOO_LITTLE else State.FAIL
    yield Check("disk", state, f"{free / 1e9:.1f} GB free at {var}", "" if state is State.OK else "free some space")


def _clock(settings: Settings) -> Iterator[Check]:
    import requests  # noqa: PLC0415

    try:
        zone = ZoneInfo(settings.site.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Check("clock", State.FAIL, f"site.timezone {settings.site.timezone!r} is unknown", "write Europe/London")
        return
    local = datetime.now(zone)
    try:
        told = parsedate_to_datetime(requests.head(TWILIO, timeout=SECONDS).headers["Date"])
    except (requests.RequestException, KeyError, ValueError):
        yield Check("clock", State.SKIP, f"it is {local:%H:%M} here; Twilio's clock cannot be read to compare")
        return
    skew = abs((datetime.now(UTC) - told).total_seconds())
    right = skew < SKEW_SECONDS
    yield Check(
        "clock", State.OK if right else State.FAIL, f"it is {local:%H:%M} here, {skew:.0f} s from Twilio's clock",
        "" if right else "let the machine keep its time (chrony, systemd-timesyncd)",
    )  # fmt: skip


def _server(settings: Settings) -> Iterator[Check]:
    server = settings.server
    wanted = 4 * server.threads + 64
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < wanted:
        yield Check("server", State.WARN, f"a process may open {most} files, and {server.threads} threads want "
                    f"{wanted}", "raise it: LimitNOFILE= of the unit, or `ulimit -n`")  # fmt: skip
    if server.processes > 1 and settings.database_url.startswith("sqlite"):
        yield Check("server", State.WARN, f"{server.processes} processes share SQLite", "see docs/operations.md")
    if most >= wanted:
        yield Check(
            "server", State.OK, f"{server.processes} processes of {server.threads} threads at port {server.port}"
        )


def _machine() -> Iterator[Check]:
    try:
        import sounddevice  # noqa: PLC0415 - loads a shared library

        found = len(sounddevice.query_devices())
    except (OSError, ImportError) as error:
        yield Check("sound card", State.SKIP, f"{error}; only `ivr talk` needs one")
        return
    yield Check("sound card", State.OK, f"{found} devices; only `ivr talk` needs one")


_CHECKS = (
    ("public address", _public),
    ("certificate", _certificate),
    ("database", _database),
    ("spool", _spool),
    ("models", _models),
    ("audio", _audio),
    ("disk", _disk),
    ("clock", _clock),
    ("server", _server),
)

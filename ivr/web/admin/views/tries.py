"""Trying it: words typed, or sound, against what is live or any version, with the explanation."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, request

from ivr.directory.versions import versions
from ivr.errors import InputError
from ivr.model import Expect
from ivr.recognise.audio import read_wav, telephone_band
from ivr.recognise.listen import hear
from ivr.recognise.typed import recognise_typed
from ivr.records.roles import Role
from ivr.web.admin.guard import needs, takes_files
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import office, page
from ivr.web.admin.rehearsal import ears, opened

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from ivr.assembly import Site
    from ivr.model import Recognition

blueprint = Blueprint("tries", __name__, url_prefix="/try")
LINKS: Final = (Link("Try it", "tries.index", Role.EDITOR),)

_MOST_SOUND: Final = 8_000_000
"""Bytes of a recording: half a minute at a browser's usual rate."""
_OFFERED: Final = 10


@blueprint.get("/")
@needs(Role.EDITOR)
def index() -> str:
    """Ask what to try."""
    return _page("", request.args.get("version", ""))


@blueprint.post("/")
@needs(Role.EDITOR)
@takes_files(_MOST_SOUND)
def attempt() -> str:
    """Say what would become of the words, or of the sound."""
    words, version = request.form.get("words", "").strip()[:500], request.form.get("version", "")
    sound = request.files.get("sound")
    if version and not any(v.version == version for v in versions(office().versions)):
        raise InputError(f"no version {version[:20]!r}", todo="choose another")
    site = opened(office().site.given, version) if version else office().site
    if site is None:
        return _page(words, version, waiting="The version is being opened; try again in a moment.")
    if sound is not None and sound.filename:
        return _heard(site, sound, version)
    if not words:
        raise InputError("nothing was typed or recorded", todo="go back and type what a caller would say")
    return _understood(site, recognise_typed(words), words, version)


def _heard(site: Site, sound: FileStorage, version: str) -> str:
    recogniser = ears(site)
    if recogniser is None:
        return _page("", version, waiting="The recogniser is being made ready; try again in a moment.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        sound.save(path)
        samples = telephone_band(read_wav(path, 8000))
    longest = site.settings.recognition.longest_utterance
    recognition = hear(recogniser, Expect.CALL.value, samples, longest=longest)
    return _understood(site, recognition, "", version)


def _understood(site: Site, recognition: Recognition, words: str, version: str) -> str:
    found = site.understander.understand(recognition, expect=Expect.CALL, internal=False)
    return _page(words, version, recognition=recognition, found=found)


def _page(words: str, version: str, **more: Any) -> str:
    kept = list(reversed(versions(office().versions)))[:_OFFERED]
    choices = [("", "what is live"), *((v.version, f"{v.version}: {v.why or v.source}") for v in kept if not v.active)]
    return page("tries.html", words=words, version=version, choices=choices, **more)

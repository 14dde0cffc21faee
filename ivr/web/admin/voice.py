"""A name said aloud, so that a person hears how it would be listened for: by a synthesiser that the machine has."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ivr.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS: Final = 20
_MOST: Final = 120
"""Phones said at once."""
_SIGNS: Final = """
AA=A: AE=a AH=V AO=O: AW=aU AY=aI B=b CH=tS D=d DH=D EH=E ER=3: EY=eI F=f G=g HH=h IH=I IY=i: JH=dZ K=k L=l M=m N=n
NG=N OW=oU OY=OI P=p R=r S=s SH=S T=t TH=T UH=U UW=u: V=v W=w Y=j Z=z ZH=Z
"""
_ESPEAK: Final = dict(sign.split("=") for sign in _SIGNS.split())
"""Phones of the CMU dictionary as eSpeak NG writes them (its `docs/phonemes.md`)."""
_VOWELS: Final = frozenset(phone for phone in _ESPEAK if phone[0] in "AEIOU")

MISSING: Final = "install the package espeak-ng (or flite) on the server to hear names"


def synthesiser() -> str:
    """Return the name of what can speak here; empty: nothing."""
    return next((name for name in ("espeak-ng", "flite") if shutil.which(name)), "")


def spoken(words: Sequence[Sequence[str]]) -> bytes:
    """Say words, each given in its phones, and return the sound as WAV. Raises UnavailableError where nothing can."""
    name = synthesiser()
    if not name:
        raise UnavailableError(f"nothing on this machine can speak: {MISSING}")
    words = [tuple(word) for word in words if word]
    if not 0 < sum(map(len, words)) <= _MOST:
        raise UnavailableError("there is nothing to say, or too much")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        command = _espeak(words, file) if name == "espeak-ng" else _flite(words, file)
        try:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS)  # noqa: S603 - phones only
            return file.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise UnavailableError(f"{name} did not speak; try it on the server, or install it again") from error


def _espeak(words: Sequence[Sequence[str]], file: Path) -> list[str]:
    text = " ".join(f"[[{_stressed(word)}]]" for word in words)
    return ["espeak-ng", "-v", "en-gb", "-s", "130", "-w", str(file), text]


def _stressed(word: Sequence[str]) -> str:
    """Write a word for eSpeak NG, its first vowel stressed."""
    first = next((n for n, phone in enumerate(word) if phone in _VOWELS), -1)
    return "".join(("'" if n == first else "") + _ESPEAK.get(phone, "") for n, phone in enumerate(word))


def _flite(words: Sequence[Sequence[str]], file: Path) -> list[str]:
    phones = " pau ".join(" ".join(word).lower() for word in words)
    return ["flite", "-p", f"pau {phones} pau", "-o", str(file)]

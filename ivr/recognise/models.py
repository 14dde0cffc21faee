"""Vosk models that a site may install instead of the built-in one: which there are, and what one knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivr.recognise.respell import Respeller, Respelling
from ivr.recognise.vosk_library import check_folder, sample_rate, takes_grammars, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from ivr.settings import Settings

    Pronounce = Callable[[str], tuple[tuple[str, ...], ...]]
    Spread = Callable[[Callable[[str], Respelling | None], Sequence[str]], Sequence[Respelling | None]]

OFFICIAL = "https://alphacephei.com/vosk/models/"
TELEPHONE_RATE = 8000


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One of the English models that Vosk's makers publish."""

    name: str
    megabytes: int
    """Size of the download."""
    licence: str
    word_error: str
    """As published, with what it was measured on."""
    grammars: bool
    """Takes phrases at run time; otherwise it hears anything, and matching does the rest."""
    note: str = ""
    sha256: str = ""
    """Of the archive, where it is widely known."""

    @property
    def url(self) -> str:
        """Where it is published."""
        return f"{OFFICIAL}{self.name}.zip"


_SMALL = "30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498"
_LGRAPH = "d9838b4aaa82a75c4a17f5aca300eaca129aaab2a7cbf951bafbb500eb9c4334"
_READ, _CALLS, _LECTURES = "(LibriSpeech test-clean)", "(call centre)", "(NPTEL)"
KNOWN = (
    KnownModel("vosk-model-small-en-us-0.15", 41, "Apache 2.0", f"9.9 % {_READ}", grammars=True, sha256=_SMALL),
    KnownModel("vosk-model-en-us-0.22-lgraph", 131, "Apache 2.0", f"7.8 % {_READ}", grammars=True, sha256=_LGRAPH),
    KnownModel("vosk-model-en-us-0.22", 1913, "Apache 2.0", f"5.7 % {_READ}, 29.8 % {_CALLS}", grammars=False),
    KnownModel(
        *("vosk-model-en-us-0.42-gigaspeech", 2424, "Apache 2.0", f"5.6 % {_READ}, 30.2 % {_CALLS}"), grammars=False
    ),
    KnownModel(
        *("vosk-model-small-en-in-0.4", 36, "Apache 2.0", f"49.1 % {_LECTURES}"), grammars=True, note="Indian English"
    ),
    KnownModel(
        *("vosk-model-en-in-0.5", 1024, "Apache 2.0", f"36.1 % {_LECTURES}"), grammars=False, note="Indian English"
    ),
)
"""Sizes and word-error rates are those on the makers' page; telephone speech is harder than what they measured."""


@dataclass(frozen=True)
class ModelCheck:
    """What a model folder holds, and how well it fits a directory."""

    folder: Path
    words: int
    """Size of its vocabulary."""
    rate: int
    """Hz it was made for."""
    grammars: bool
    names: int
    """Directory names looked up."""
    known: int
    """Names all of whose words it knows."""
    respelled: tuple[Respelling, ...] = field(default=(), repr=False)
    """The closest respelling of each word it lacks, worst first."""
    unsayable: tuple[str, ...] = ()
    """Words it lacks that nothing in its vocabulary sounds like."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What to know before using it, one line each."""
        found = []
        if self.rate > TELEPHONE_RATE:
            found.append(f"made for {self.rate} Hz: telephone audio lacks the upper band it was trained on")
        if not self.grammars:
            found.append("takes no runtime grammars: hears anything, and matching finds the name")
        if self.unsayable:
            found.append(f"nothing it knows sounds like: {', '.join(self.unsayable)}")
        return tuple(found)


def installed_models(folder: Path) -> tuple[Path, ...]:
    """Return the model folders inside `folder`, by name."""
    if not folder.is_dir():
        return ()
    inner = (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return tuple(
        sorted(path for path in inner if (path / "am" / "final.mdl").is_file() or (path / "final.mdl").is_file())
    )


def check_model(folder: Path, names: Iterable[str], pronounce: Pronounce) -> ModelCheck:
    """Look at a model without loading it. `names` are normalised, `pronounce` says any word in CMU phones.

    Raises InputError for a folder that holds no model.
    """
    check_folder(folder)
    words = vocabulary(folder)
    wanted = sorted(set(names))
    lacking = sorted({word for name in wanted for word in name.split()} - words)
    respeller = Respeller(words, pronounce) if lacking else None
    found = {word: respeller.respell(word) for word in lacking} if respeller else {}
    return ModelCheck(
        folder=folder,
        words=len(words),
        rate=sample_rate(folder),
        grammars=takes_grammars(folder),
        names=len(wanted),
        known=sum(words.issuperset(name.split()) for name in wanted),
        respelled=tuple(sorted((r for r in found.values() if r), key=lambda r: (-r.error, r.name))),
        unsayable=tuple(word for word, respelling in found.items() if respelling is None),
    )


def lacking(
    settings: Settings, words: Collection[str], pronounce: Pronounce, spread: Spread
) -> dict[str, Respelling | None] | None:
    """Return the words that the site's installed model lacks, each with its closest respelling (None: nothing near).

    None where the site's recogniser takes any word. `spread` does a piece of work for each of many words.
    Raises InputError for a folder that holds no model.
    """
    if not settings.recognition.vosk_model or settings.recognition.engine == "sphinx":
        return None
    folder = settings.path(settings.recognition.vosk_model)
    check_folder(folder)
    known = vocabulary(folder)
    missing = sorted(set(words) - known)
    if not missing:
        return {}
    return dict(zip(missing, spread(Respeller(known, pronounce).respell, missing), strict=True))

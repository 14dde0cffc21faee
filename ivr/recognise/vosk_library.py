"""The few calls into libvosk, with its faults turned into one clear line each. The library loads when first used."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from ivr.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.recognise.vosk import Decoder

LEAST_RATE = 8000
DEFAULT_RATE = 16000
ERRORS_ALONE = -2
"""Kaldi's log level without warnings: those of words a model lacks are ours to give, and name the entry."""
_ACOUSTIC = ("am/final.mdl", "final.mdl")
_GRAPHS = (("graph/HCLG.fst",), ("HCLG.fst",), ("graph/HCLr.fst", "graph/Gr.fst"), ("HCLr.fst", "Gr.fst"))
_WORDS = ("graph/words.txt", "words.txt")
_FEATURES = ("conf/mfcc.conf", "mfcc.conf", "conf/fbank.conf")
_KALDI_BINARY = b"\0B<Transi"


@cache
def _library() -> Any:
    try:
        import vosk  # noqa: PLC0415 (a native library loads where it is used)
    except (ImportError, OSError) as error:
        raise UnavailableError(f"Vosk cannot be loaded: {error}; run `pip install vosk`") from error
    vosk.SetLogLevel(ERRORS_ALONE)
    return vosk


def check_folder(folder: Path) -> None:
    """Raise InputError, saying what is missing, for a folder that libvosk would not load as a speech model."""
    where = str(folder)
    if not folder.is_dir():
        raise InputError("no such folder", where=where, todo="name the folder of an unpacked Vosk model")
    acoustic = found(folder, *_ACOUSTIC)
    if acoustic is None:
        inner = next((path.parent.parent for path in folder.glob("*/am/final.mdl")), None)
        todo = f"name the folder inside it: {inner}" if inner else "name the folder of an unpacked Vosk model"
        raise InputError("holds no Vosk model (no am/final.mdl)", where=where, todo=todo)
    if acoustic.read_bytes()[: len(_KALDI_BINARY)] != _KALDI_BINARY:
        raise InputError("am/final.mdl is damaged or no speech model", where=where, todo="install the model again")
    if not any(all(found(folder, name) for name in names) for names in _GRAPHS):
        raise InputError("holds no decoding graph (HCLG.fst, or HCLr.fst with Gr.fst)", where=where,
                         todo="install the model again")  # fmt: skip
    if found(folder, *_WORDS) is None or found(folder, *_FEATURES) is None:
        raise InputError("lacks words.txt or mfcc.conf", where=where, todo="install the model again")


def found(folder: Path, *names: str) -> Path | None:
    """Return the first of these files that is there and not empty."""
    paths = (folder / name for name in names)
    return next((path for path in paths if path.is_file() and path.stat().st_size), None)


def load_model(folder: Path) -> Any:
    """Return the loaded model, for all threads of the process. Raises InputError for a folder that is none."""
    check_folder(folder)
    try:
        return _library().Model(str(folder))
    except Exception as error:
        raise InputError("Vosk cannot load it", where=str(folder), todo="install the model again") from error


def new_decoder(model: Any, rate: int, *, phrases: str = "", alternatives: int = 0) -> Decoder:
    """Return a decoder for one utterance, of mono 16-bit samples at `rate`.

    `phrases` is a JSON list for models with runtime grammars. With `alternatives` a result carries that many
    readings, scored; without, one reading with a confidence for each word.
    """
    library = _library()
    decoder = library.KaldiRecognizer(model, rate, phrases) if phrases else library.KaldiRecognizer(model, rate)
    decoder.SetWords(True)
    if alternatives:
        decoder.SetMaxAlternatives(alternatives)
    result: Decoder = decoder
    return result


def takes_grammars(folder: Path) -> bool:
    """Tell whether a model can be given phrases at run time."""
    return found(folder, "graph/HCLr.fst", "HCLr.fst") is not None


def sample_rate(folder: Path) -> int:
    """Return the rate in Hz that a model wants."""
    path = found(folder, *_FEATURES)
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path else ():
        name, _, value = line.strip().partition("=")
        if name == "--sample-frequency":
            with suppress(ValueError):
                return max(LEAST_RATE, int(float(value.split("#")[0])))
    return DEFAULT_RATE


def vocabulary(folder: Path) -> frozenset[str]:
    """Return the words a model knows, without its own marks such as `<eps>` and `[unk]`."""
    path = found(folder, *_WORDS)
    if path is None:
        return frozenset()
    words = (line.split(" ", 1)[0] for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return frozenset(word for word in words if word and word[0] not in "<[#!")

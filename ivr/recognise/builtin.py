"""The built-in telephone model: the weights in this package and a graph of one's own make a Vosk model folder.

Folders live in a cache and are named by what went into them: weights, decoder options, words and pronunciations. A
folder is built aside and renamed into place whole, so processes that build the same one at once do not disturb each
other, and a damaged one is built again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.errors import UnavailableError
from ivr.recognise.graph.compile import compile_graph
from ivr.recognise.phones import word_boundaries

if TYPE_CHECKING:
    from ivr.recognise.graph.compile import Lexicon
    from ivr.recognise.graph.network import Network

WEIGHTS_FOLDER = Path(__file__).parent / "telephone_model"
LAYOUT = 2
"""Raised whenever this code would write another folder from the same input."""
NEVER = 1000.0
"""Seconds of silence after which Vosk would end an utterance, where the caller of this room decides instead."""


@dataclass(frozen=True)
class Decoding:
    """How the decoder searches."""

    beam: float = 18.0
    """Paths this much worse than the best are dropped; larger is slower and more exact."""
    lattice_beam: float = 10.0
    """The same for the readings kept beside the best one."""
    most_active: int = 5000
    """States kept alive a frame at most."""
    acoustic_scale: float = 0.9
    """Weight of sound against words."""
    end_silence: float = NEVER
    """Silence after speech, in seconds, after which Vosk itself ends the utterance."""

    def text(self) -> str:
        """Return the content of `model.conf`."""
        options: dict[str, float] = {
            "min-active": 200,
            "max-active": self.most_active,
            "beam": self.beam,
            "lattice-beam": self.lattice_beam,
            "acoustic-scale": self.acoustic_scale,
            "frame-subsampling-factor": 3,
            "endpoint.silence-phones": 1,
            "endpoint.rule1.min-trailing-silence": max(self.end_silence, 5.0),
            "endpoint.rule5.min-utterance-length": NEVER,
        }
        options |= {f"endpoint.rule{rule}.min-trailing-silence": self.end_silence for rule in (2, 3, 4)}
        return "".join(f"--{name}={value}\n" for name, value in options.items())


@cache
def weights_digest() -> str:
    """Return the hash of the shipped weights. Raises UnavailableError where they are missing."""
    try:
        return hashlib.sha256((WEIGHTS_FOLDER / "final.mdl").read_bytes()).hexdigest()
    except OSError as error:
        raise UnavailableError(f"the built-in model's weights cannot be read: {error}; install ivr again") from error


def model_folder(network: Network, lexicon: Lexicon, cache_folder: Path, decoding: Decoding | None = None) -> Path:
    """Return a Vosk model folder that hears exactly `network`, built now or found in the cache.

    `lexicon` maps the network's words to pronunciations in CMU phones without stress. Raises GrammarError for a word
    that cannot be pronounced, UnavailableError where the folder cannot be written.
    """
    decoding = decoding or Decoding()
    folder = cache_folder / f"graph-{_name(network, lexicon, decoding)}"
    if _whole(folder):
        return folder
    try:
        cache_folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".building-", dir=cache_folder))
    except OSError as error:
        raise _unwritable(cache_folder, error) from error
    try:
        _build(aside, network, lexicon, decoding)
        _put_in_place(aside, folder)
    except OSError as error:
        raise _unwritable(cache_folder, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _unwritable(folder: Path, error: OSError) -> UnavailableError:
    return UnavailableError(f"{folder}: cannot store a compiled grammar ({error.strerror}); set [recognition] cache")


def _name(network: Network, lexicon: Lexicon, decoding: Decoding) -> str:
    sounds = {word: lexicon.get(word) for word in sorted(network.vocabulary())}
    parts = (str(LAYOUT), weights_digest(), decoding.text(), network.digest(), repr(sounds))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _build(folder: Path, network: Network, lexicon: Lexicon, decoding: Decoding) -> None:
    for inner in ("am", "conf", "graph/phones"):
        (folder / inner).mkdir(parents=True)
    _copy(WEIGHTS_FOLDER / "final.mdl", folder / "am" / "final.mdl")
    shutil.copyfile(WEIGHTS_FOLDER / "mfcc.conf", folder / "conf" / "mfcc.conf")
    (folder / "conf" / "model.conf").write_text(decoding.text(), encoding="utf-8")
    (folder / "graph" / "phones" / "word_boundary.int").write_text(word_boundaries(), encoding="utf-8")
    compile_graph(network, lexicon, folder / "graph")
    (folder / "sizes.json").write_text(json.dumps(_sizes(folder)), encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    """Share the weights' bytes between folders where the disk can, else copy them."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _sizes(folder: Path) -> dict[str, int]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "sizes.json")
    return {str(path.relative_to(folder)): path.stat().st_size for path in files}


def _whole(folder: Path) -> bool:
    """Tell whether a cached folder is there with every file at its full size."""
    try:
        return bool(_sizes(folder) == json.loads((folder / "sizes.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


def _put_in_place(aside: Path, folder: Path) -> None:
    try:
        aside.rename(folder)
    except OSError:
        if _whole(folder):  # another process was first with the same content
            return
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)


def with_endpoint(seconds: float, decoding: Decoding | None = None) -> Decoding:
    """Return decoding options in which Vosk itself ends an utterance after this much silence."""
    return replace(decoding or Decoding(), end_silence=seconds)

"""How words are said: reviewed pronunciations first, then a dictionary, then letters to sounds; never nothing.

Phones are the 39 of the CMU dictionary, without stress.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.errors import GrammarError, UnavailableError
from ivr.grammar.sounds.british import british_variant
from ivr.grammar.sounds.compounds import joined, say_compound
from ivr.grammar.sounds.remembered import Remembered
from ivr.grammar.sounds.say import sound_out
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Phones = tuple[str, ...]
_Said = tuple[tuple[Phones, ...], str]
"""The ways to say a word, and where they come from."""
REVIEWED = "pronunciations.dict"
PHONES = frozenset(
    [
        "AA",
        "AE",
        "AH",
        "AO",
        "AW",
        "AY",
        "B",
        "CH",
        "D",
        "DH",
        "EH",
        "ER",
        "EY",
        "F",
        "G",
        "HH",
        "IH",
        "IY",
        "JH",
        "K",
        "L",
        "M",
        "N",
        "NG",
        "OW",
        "OY",
        "P",
        "R",
        "S",
        "SH",
        "T",
        "TH",
        "UH",
        "UW",
        "V",
        "W",
        "Y",
        "Z",
        "ZH",
    ]
)
MOST = 4
"""Pronunciations given for one word."""
_RUNS = re.compile(r"[a-z']+|[0-9]")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_HISSES = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
_VOICELESS = frozenset(("P", "T", "K", "F", "TH"))
_SMALLEST_STEM = 3


def dictionary_path() -> Path:
    """Return the dictionary that PocketSphinx's package carries. Raises UnavailableError where it is missing."""
    spec = find_spec("pocketsphinx")
    folder = Path(spec.origin).parent if spec is not None and spec.origin else Path()
    path = folder / "model" / "en-us" / "cmudict-en-us.dict"
    if not path.is_file():
        raise UnavailableError(f"{path}: the pronouncing dictionary is missing; install pocketsphinx")
    return path


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, str]:
    """Lines of the dictionary: word, or word(2), to phones still in one string."""
    lines = dictionary_path().read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)


def read_reviewed(path: Path) -> dict[str, tuple[Phones, ...]]:
    """Read `pronunciations.dict`: `word PHONE PHONE ...` a line, a word as often as it is said differently.

    Raises GrammarError naming the line of an unknown phone.
    """
    found: dict[str, tuple[Phones, ...]] = {}
    if not path.exists():
        return found
    for number, raw in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        name, *phones = raw.partition("#")[0].split() or [""]
        if not name:
            continue
        word = normalise(re.sub(r"\(\d+\)$", "", name))
        unknown = [phone for phone in phones if phone not in PHONES]
        if not word or " " in word or not phones or unknown:
            what = f"unknown phone '{unknown[0]}'" if unknown else f"'{raw.strip()}' is no pronunciation"
            raise GrammarError(what, where=f"{path.name}, line {number}", todo="write: word PHONE PHONE, CMU phones")
        found[word] = (*found.get(word, ()), tuple(phones))
    return found


_MOST_HEARD = 200_000
"""Words whose pronunciation is kept at hand."""


class Pronouncer:
    """Says every word of a site. Safe to share between threads."""

    def __init__(
        self,
        folder: Path,
        *,
        british: bool = False,
        cache: Path | None = None,
        said: Mapping[str, str] | None = None,
    ) -> None:
        """Read the reviewed pronunciations of `folder`; `said`: word to phones in one string, before those.

        `british` adds, to a word of the (American) dictionary, how it is said in the south of England. `cache` is
        a folder where words sounded out are kept, so that they need not be again.
        """
        self._reviewed = read_reviewed(folder / REVIEWED)
        for word, phones in (said or {}).items():
            way = tuple(phones.split())
            self._reviewed[word] = (way, *(other for other in self._reviewed.get(word, ()) if other != way))
        self._kept = Remembered(cache) if cache else None
        self._british = british
        self._heard: dict[str, tuple[tuple[Phones, ...], str]] = {}

    def pronounce(self, word: str) -> tuple[Phones, ...]:
        """Return the ways to say one word, likeliest first, one to `MOST`."""
        return self._said(word)[0]

    def source(self, word: str) -> str:
        """Tell where that comes from: `reviewed`, `dictionary`, `derived` (from a known word) or `sounded`."""
        return self._said(word)[1]

    def prepare(
        self, words: Iterable[str], spread: Callable[[Callable[[str], _Said], list[str]], Sequence[_Said]]
    ) -> None:
        """Say many words ahead; `spread` does it for each of a list, perhaps in several processes."""
        wanted = sorted({word for word in words if word not in self._heard and not self._is_kept(word)})
        for word, found in zip(wanted, spread(self._say, wanted), strict=True):
            said, source = found
            if len(self._heard) < _MOST_HEARD:
                self._heard[word] = found
            if self._kept and source == "sounded" and not self._british and word.isalpha():
                self._kept.add(word, said)

    def _is_kept(self, word: str) -> bool:
        return bool(self._kept and self._kept.get(word))

    def _said(self, word: str) -> tuple[tuple[Phones, ...], str]:
        # A cache that does not refer back to this object: one replaced goes away at once, and its words with it.
        found = self._heard.get(word)
        if found is None:
            found = self._say(word)
            if len(self._heard) < _MOST_HEARD:
                self._heard[word] = found
        return found

    def _say(self, word: str) -> tuple[tuple[Phones, ...], str]:
        said, source = self._known(word)
        if not said:
            said, source = self._derived(word), "derived"
        if not said:
            said, source = self._sounded(word), "sounded"
        if self._british and source != "reviewed":
            said = (*said, *(british_variant(word, phones) for phones in said))
        return tuple(dict.fromkeys(said))[:MOST], source

    def _known(self, word: str) -> tuple[tuple[Phones, ...], str]:
        if word in self._reviewed:
            return self._reviewed[word], "reviewed"
        dictionary = _dictionary()
        first = dictionary.get(word)
        if first is None:
            return (), ""
        others = (dictionary.get(f"{word}({n})") for n in range(2, MOST + 1))
        return tuple(tuple(line.split()) for line in (first, *others) if line), "dictionary"

    def _derived(self, word: str) -> tuple[Phones, ...]:
        """Forms of known words: possessives and plurals, Mc and O', and compounds."""
        for ending in ("'s", "s'", "s"):
            stem = word.removesuffix(ending)
            if stem != word and len(stem) >= _SMALLEST_STEM and not stem.endswith("s"):
                said = self._known(stem)[0] or (self._any(stem) if "'" in ending else ())
                if said:
                    return tuple(phones + _s_after(phones) for phones in said)
        return say_compound(word, self._known_phones, self._any)

    def _known_phones(self, word: str) -> tuple[Phones, ...]:
        return self._known(word)[0]

    def _any(self, word: str) -> tuple[Phones, ...]:
        return self._said(word)[0]

    def _sounded(self, word: str) -> tuple[Phones, ...]:
        runs = _RUNS.findall(word)
        if any(run.isdigit() for run in runs):
            parts = [self._any(_DIGITS[int(run)]) if run.isdigit() else self._letters(run) for run in runs]
            return (tuple(phone for said in parts for phone in said[0]),)
        return self._letters(word)

    def _letters(self, word: str) -> tuple[Phones, ...]:
        letters = word.replace("'", "")
        if len(letters) == 1:
            return self._known(letters)[0]
        if letters != word and (said := self._known(letters)[0]):
            return said
        if len(letters) <= _SMALLEST_STEM and not re.search("[aeiouy]", letters):
            return (joined([self._known(letter)[0][-1] for letter in letters]),) if letters else (("AH",),)
        said = self._kept.get(letters) if self._kept else ()
        if not said:
            said = sound_out(letters) or (("AH",),)
            if self._kept:
                self._kept.add(letters, said)
        return said

    def remember(self) -> None:
        """Keep the words sounded out so far for other processes: call it when a site is open, not after calls."""
        if self._kept:
            self._kept.save()


def _s_after(phones: Phones) -> Phones:
    """Return the sound of an s after a word that ends so."""
    if phones[-1] in _HISSES:
        return ("IH", "Z")
    return ("S",) if phones[-1] in _VOICELESS else ("Z",)

"""Candidates for a text: found through the words' index, then verified whole, word against word.

An entry is only as good as the match of all of it with all that was said: each word of the caller that it
does not account for and each of its words that the caller did not say counts against it, so words that
recombine ("Jane Jones", of Jane Smith and Tom Jones) make neither.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ivr.match.forms import Form, Forms, unexplained_weight
from ivr.match.vocabulary import SAME_SOUND, Near
from ivr.match.wording import HONORIFICS
from ivr.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivr.match.confidence import Weights

_SHORTLIST: Final = 24
_QUALIFIER_SHARE: Final = 0.4
_JOINED: Final = 3
_SHORT_WORD: Final = 3
_LONGEST: Final = 24
_QUALIFIES: Final = 0.15
_HARDLY_ANY: Final = 0.2
_MOST_EXTRA: Final = 3.0
_A_NAME: Final = 0.75
"""Weight from which what the entry does not explain may be a name."""
_AS_MUCH: Final = 0.4
"""Share of what was said that is as much as the entry explains: "Renzo Thompson" for anybody else called Thompson."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of the caller's, or a few run together ("mac donald"), and the directory's words like it."""

    start: int
    end: int
    weight: float
    """How much it counts when nothing explains it."""
    near: tuple[Near, ...]
    frame: bool
    """A word that only wraps the request."""
    name: bool
    """A word that people of the directory are called by."""
    close: frozenset[int]
    """Numbers of the directory's words so near that they qualify an entry."""


@dataclass(frozen=True, slots=True)
class Match:
    """How one entry fits one text."""

    entry: int
    score: float
    """Log-odds against "none of these"."""
    features: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Alignment:
    matched: tuple[tuple[int, Piece, Near], ...]
    """(position in the form, piece, how near), one a matched word."""
    used: frozenset[int]
    """Places of the caller's words accounted for."""


class Ranker:
    """Ranks the entries of one directory for texts. Immutable, safe to share between threads."""

    def __init__(self, forms: Forms, frame: frozenset[str], weights: Weights) -> None:
        self._forms = forms
        self._frame = frame
        self._weights = weights
        # A name may be made of such words, or sound just like one ("Wright"), but never only nearly so.
        self._in_frame = {
            word: tuple(n for n in forms.vocabulary.near(word) if n.distance <= SAME_SOUND) for word in sorted(frame)
        }
        self._totals = np.array([sum(form.weights) for form in forms.forms], dtype=np.float32)

    def rank(self, words: Sequence[str], without: frozenset[int] = frozenset()) -> list[Match]:
        """Entries that fit canonical `words`, best first; `without` are numbers of entries not to be offered."""
        said = self._resplit(tuple(words)[:_LONGEST])
        pieces = self._pieces(said)
        heard: dict[int, list[tuple[Piece, Near]]] = defaultdict(list)
        for piece in pieces:
            for near in piece.near:
                heard[near.word].append((piece, near))
        best: dict[int, Match] = {}
        for number in self._shortlist(pieces, without):
            form = self._forms.forms[number]
            match = self._verify(form, _align(form, heard), pieces, said)
            if match and (form.entry not in best or match.score > best[form.entry].score):
                best[form.entry] = match
        return sorted(best.values(), key=lambda m: (-m.score, self._forms.entries[m.entry].id))

    def _resplit(self, said: tuple[str, ...]) -> tuple[str, ...]:
        """Take apart words run together ("counciltax"), where both parts are words of the directory."""
        known = self._forms.vocabulary
        out: list[str] = []
        for word in said:
            cuts = range(_SHORT_WORD, len(word) - _SHORT_WORD + 1)
            cut = next((c for c in cuts if word[:c] in known and word[c:] in known), 0)
            out.extend((word[:cut], word[cut:]) if cut and word not in known and word not in self._frame else (word,))
        return tuple(out)

    def _pieces(self, said: tuple[str, ...]) -> list[Piece]:
        pieces = [self._piece(said, i, i + 1) for i in range(len(said))]
        for size in range(2, _JOINED + 1):
            for i in range(len(said) - size + 1):
                joined = self._joined(said, i, i + size)
                if joined:
                    pieces.append(joined)
        return [piece for piece in pieces if piece]

    def _piece(self, said: tuple[str, ...], start: int, end: int) -> Piece:
        word = "".join(said[start:end])
        frame = word in self._frame
        known = self._forms.vocabulary
        near = self._in_frame.get(word, ()) if frame else known.near(word)
        weight = unexplained_weight(word, self._forms, self._frame)
        name = known.number.get(word) in self._forms.person_words
        close = frozenset(n.word for n in near if n.distance <= _QUALIFIES)
        return Piece(start, end, weight, near, frame, name, close)

    def _joined(self, said: tuple[str, ...], start: int, end: int) -> Piece | None:
        parts = said[start:end]
        word = "".join(parts)
        known = self._forms.vocabulary
        particle = all(p not in self._frame for p in parts) and any(len(p) <= _SHORT_WORD for p in parts)
        if word not in known and not particle:
            return None
        return self._piece(said, start, end)

    def _shortlist(self, pieces: Iterable[Piece], without: frozenset[int]) -> list[int]:
        """Numbers of the forms that share most with what was said."""
        forms = self._forms
        shared = np.zeros(len(forms.forms), dtype=np.float32)
        qualified = np.zeros(len(forms.entries), dtype=np.float32)
        asked = 0.0
        for piece in pieces:
            if not piece.near:
                continue
            here = np.zeros_like(shared)
            there = np.zeros_like(qualified)
            for near in reversed(piece.near):
                here[forms.with_word(near.word)] = piece.weight * (1 - near.distance)
                there[forms.qualified_by(near.word)] = piece.weight * (1 - near.distance)
            shared += here
            qualified += there
            asked += piece.weight if piece.end - piece.start == 1 else 0.0
        if without:
            shared[np.isin(forms.owner, list(without))] = 0
        some = np.flatnonzero(shared)
        if not len(some):
            return []
        score = 2 * shared[some] + _QUALIFIER_SHARE * qualified[forms.owner[some]]
        score = score / (self._totals[some] + asked)
        if len(some) > _SHORTLIST:
            floor = np.partition(score, len(some) - _SHORTLIST)[len(some) - _SHORTLIST]
            keep = score >= floor
            some, score = some[keep], score[keep]
        return [int(i) for i in some[np.argsort(-score, kind="stable")[:_SHORTLIST]]]

    def _verify(self, form: Form, alignment: _Alignment, pieces: Sequence[Piece], said: Sequence[str]) -> Match | None:
        whole = len(alignment.matched) == len(form.words)
        if not alignment.matched or (not whole and all(piece.frame for _, piece, _ in alignment.matched)):
            return None
        features = self._features(form, alignment, pieces, said)
        return Match(form.entry, self._weights.score(features), tuple(features.items()))

    def _features(
        self, form: Form, alignment: _Alignment, pieces: Sequence[Piece], said: Sequence[str]
    ) -> dict[str, float]:
        total = sum(form.weights) or 1.0
        weights = [(form.weights[place], near) for place, _, near in alignment.matched]
        extra, qualified = self._leftover(form, alignment, pieces)
        starts = [piece.start for _, piece, _ in sorted(alignment.matched, key=lambda m: m[0])]
        person = self._forms.entries[form.entry].kind is Kind.PERSON
        unlike = [
            (form.weights[place], piece) for place, piece, near in alignment.matched if near.distance > SAME_SOUND
        ]
        inexact = sum(weight for weight, _ in unlike) / total
        distance = sum(weight * near.distance for weight, near in weights) / total
        missing = 1 - sum(weight for weight, _ in weights) / total
        besides = extra / (extra + sum(weight for weight, _ in weights) or 1.0)
        against = extra >= _A_NAME and (besides >= _AS_MUCH or missing > _HARDLY_ANY)
        whole = form.named and extra < _HARDLY_ANY and missing <= 0 and inexact <= 0
        return {
            "missing": missing,
            "named": float(whole),
            "extra": min(_MOST_EXTRA, extra),
            "besides": besides,
            "against": float(person and against),
            "other": sum(weight for weight, piece in unlike if piece.name) / total if person else 0.0,
            "inexact" if person else "slip": inexact,
            "distance" if person else "blur": distance,
            "disorder": float(starts != sorted(starts)),
            "qualified": min(1.0, qualified),
            "titled": float(any(word in HONORIFICS for word in said) and not person),
        }

    def _leftover(self, form: Form, alignment: _Alignment, pieces: Sequence[Piece]) -> tuple[float, float]:
        """Weight of what was said besides the form, and how much of it names the entry's department or role."""
        extra = qualified = 0.0
        wanted = self._forms.qualifiers[form.entry]
        for piece in pieces:
            if piece.end - piece.start > 1 or piece.start in alignment.used:
                continue
            if not wanted.isdisjoint(piece.close):
                qualified += piece.weight
            else:
                extra += piece.weight
        return extra, qualified


def _align(form: Form, heard: Mapping[int, Sequence[tuple[Piece, Near]]]) -> _Alignment:
    """Pair the form's words with pieces, nearest pairs first, each word and place once; `heard`: by word."""
    pairs = [
        (near.distance, place, piece.start, -piece.end, piece, near)
        for place, word in enumerate(form.words)
        for piece, near in heard.get(word, ())
    ]
    pairs.sort(key=lambda pair: pair[:4])
    matched: list[tuple[int, Piece, Near]] = []
    taken: set[int] = set()
    used: set[int] = set()
    for _, place, start, end, piece, near in pairs:
        span = range(start, -end)
        if place not in taken and used.isdisjoint(span):
            taken.add(place)
            used.update(span)
            matched.append((place, piece, near))
    return _Alignment(tuple(matched), frozenset(used))

"""Saying names made of known parts: O'Brien, McTavish, Fitzalan, Wexbourne, Featherstone + haugh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Phones = tuple[str, ...]
    Say = Callable[[str], tuple[Phones, ...]]

_PREFIXES = {
    "o'": ("OW",),
    "d'": ("D",),
    "mc": ("M", "AH", "K"),
    "mac": ("M", "AH", "K"),
    "fitz": ("F", "IH", "T", "S"),
}
_HARD = ("c", "k", "g", "q")
_ENDINGS = {
    ending: tuple(phones.split(","))
    for ending, phones in re.findall(
        r"(\S+)=(\S+)",
        "borough=B,ER,OW boro=B,ER,OW bourne=B,AO,R,N bourn=B,AO,R,N bridge=B,R,IH,JH brook=B,R,UH,K "
        "burgh=B,ER,OW bury=B,ER,IY combe=K,UW,M cote=K,OW,T cott=K,AA,T croft=K,R,AO,F,T dale=D,EY,L "
        "field=F,IY,L,D fields=F,IY,L,D,Z ford=F,ER,D gate=G,EY,T ham=AH,M hampton=HH,AE,M,P,T,AH,N "
        "haugh=HH,AO haven=HH,EY,V,AH,N head=HH,EH,D hill=HH,IH,L hurst=HH,ER,S,T ingham=IH,NG,AH,M "
        "ington=IH,NG,T,AH,N land=L,AH,N,D leigh=L,IY ley=L,IY man=M,AH,N mere=M,IH,R minster=M,IH,N,S,T,ER "
        "mouth=M,AH,TH ness=N,EH,S pool=P,UW,L port=P,AO,R,T sson=S,AH,N shaw=SH,AO shire=SH,ER son=S,AH,N "
        "stead=S,T,EH,D stoke=S,T,OW,K stone=S,T,OW,N stow=S,T,OW thorpe=TH,AO,R,P thwaite=TH,W,EY,T "
        "ton=T,AH,N well=W,EH,L wich=IH,CH wick=IH,K wood=W,UH,D worth=W,ER,TH worthy=W,ER,DH,IY by=B,IY "
        "smith=S,M,IH,TH ward=W,ER,D house=HH,AW,S way=W,EY park=P,AA,R,K side=S,AY,D view=V,Y,UW",
    )
}
"""Endings of English place and family names, which are said weakly."""
_ENDING_ORDER = sorted(_ENDINGS, key=lambda ending: -len(ending))
_STEM = 3
_PART = 4
_MOST = 3


def joined(parts: Iterable[tuple[str, ...]]) -> Phones:
    """Run parts together; a consonant that ends one and begins the next is said once."""
    phones: list[str] = []
    for part in parts:
        doubled = bool(phones) and bool(part) and phones[-1] == part[0]
        phones.extend(part[1:] if doubled else part)
    return tuple(phones)


def say_compound(word: str, known: Say, say: Say) -> tuple[Phones, ...]:
    """Return pronunciations of a word made of known parts, or nothing.

    `known` says words of the dictionaries only; `say` says any word.
    """
    return _prefixed(word, say) or _ended(word, known) or _two_words(word, known)


def _prefixed(word: str, say: Say) -> tuple[Phones, ...]:
    for prefix, sound in _PREFIXES.items():
        rest = word.removeprefix(prefix)
        if rest == word or len(rest) < _STEM or (prefix == "mac" and rest[0] in "aeiouh"):
            continue
        if prefix in ("mc", "mac") and rest[0] in _HARD and rest[0] != "g":
            sound = sound[:-1]  # noqa: PLW2901 - McKenzie has one K
        return tuple(joined((sound, phones)) for phones in say(rest))[:_MOST]
    return ()


def _ended(word: str, known: Say) -> tuple[Phones, ...]:
    for ending in _ENDING_ORDER:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < _STEM:
            continue
        for written in (stem, f"{stem}e"):
            said = known(written)
            if said:
                return tuple(joined((phones, _ENDINGS[ending])) for phones in said)[:_MOST]
    return ()


def _two_words(word: str, known: Say) -> tuple[Phones, ...]:
    for cut in range(len(word) - _PART, _PART - 1, -1):
        first, second = known(word[:cut]), known(word[cut:])
        if first and second:
            return (joined((first[0], second[0])),)
    return ()

"""Words as people say them, brought to one form: short forms written out, hesitations and stammers gone.

"he's", "he is" and "he has" become the same words, so that a phrase need be written once. The words are not
English any more ("she is got a knife"): they are only ever compared with others brought to the same form.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHOLE: Final = {
    "im": "i am", "i'm": "i am", "ive": "i have", "i've": "i have", "id": "i would", "i'd": "i would",
    "i'll": "i will", "hes": "he is", "shes": "she is", "theres": "there is", "thats": "that is",
    "theyre": "they is", "they're": "they is", "theyve": "they have", "were": "is", "we're": "we is",
    "weve": "we have", "you're": "you is", "are": "is", "has": "is", "whats": "what is", "cannot": "can not",
    "can't": "can not", "cant": "can not", "carnt": "can not", "won't": "will not", "wont": "will not",
    "don't": "do not", "dont": "do not", "doesn't": "do not", "doesnt": "do not", "does": "do", "isnt": "is not",
    "hasnt": "is not", "arent": "is not", "havent": "have not", "wasnt": "was not", "ain't": "is not", "aint": "is not",
    "wanna": "want to", "gonna": "going to", "gotta": "got to", "someone": "somebody", "anyone": "anybody",
    "everyone": "everybody", "anymore": "any more", "nans": "nan is", "999": "nine nine nine", "mam": "mum",
    "mummy": "mum", "mother": "mum", "father": "dad", "daddy": "dad", "bom": "bomb", "gaz": "gas", "an": "a",
    "womens": "women is", "sort": "", "kinda": "",
}  # fmt: skip
_JOINED: Final = {("my", "self"): "myself", ("him", "self"): "himself", ("her", "self"): "herself",
                  ("no", "where"): "nowhere", ("some", "one"): "somebody", ("some", "body"): "somebody",
                  ("every", "one"): "everybody"}  # fmt: skip
_FILLERS: Final = frozenset({"um", "umm", "uh", "uhm", "er", "erm", "eh", "ah", "mm", "hmm", "just", "really", "please",
                             "actually", "very", "like", "literally", "basically", "honestly", "now",
                             "bloody"})  # fmt: skip
_SHORT: Final = re.compile(r"(?:([a-z]+)(n't|'re|'ve|'ll|'d|'s))")
_LONG: Final = {"n't": "not", "'re": "is", "'ve": "have", "'ll": "will", "'d": "would", "'s": "is"}
_STAMMER: Final = 3


@lru_cache(maxsize=20_000)
def _full(word: str) -> tuple[str, ...]:
    if word in _WHOLE:
        return tuple(_WHOLE[word].split())
    short = _SHORT.fullmatch(word)
    if not short:
        return (word.replace("'", ""),)
    return (*_full(short[1]), _LONG[short[2]])


def plain_words(text: str) -> tuple[str, ...]:
    """Bring text to the form in which ways of saying the same are the same words.

    >>> plain_words("Um, he's he's really got a a knife")
    ('he', 'is', 'got', 'a', 'knife')
    """
    words = [full for word in normalise(text).split() for full in _full(word)]
    joined: list[str] = []
    for word in words:
        pair = _JOINED.get((joined[-1], word)) if joined else None
        if pair:
            joined[-1] = pair
        elif word not in _FILLERS:
            joined.append(word)
    return tuple(_once(joined))


def _once(words: Sequence[str]) -> list[str]:
    """Drop what is said twice running, up to three words long; "fire fire" and "nine nine nine" are said so."""
    out: list[str] = []
    for word in words:
        out.append(word)
        for size in range(1, _STAMMER + 1):
            if len(out) >= 2 * size and out[-size:] == out[-2 * size : -size] and not _meant(out[-size:]):
                del out[-size:]
                break
    return out


def _meant(words: Sequence[str]) -> bool:
    return tuple(words) in {("fire",), ("help",), ("nine",), ("double",), ("help", "me")}

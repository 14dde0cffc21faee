"""Text as a recogniser or a typist gets it wrong: other spellings of the same sounds, slips, lost words.

The rules are general English spelling alternatives and keyboard slips; they know no name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_SPELLINGS = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("c", "k"), ("k", "c"), ("y", "i"), ("i", "y"), ("ie", "y"), ("ee", "ea"),
    ("ea", "ee"), ("ai", "ay"), ("ay", "ey"), ("ey", "y"), ("ll", "l"), ("l", "ll"), ("tt", "t"), ("t", "tt"),
    ("nn", "n"), ("n", "nn"), ("s", "z"), ("z", "s"), ("th", "t"), ("e", ""), ("h", ""), ("ou", "u"), ("u", "oo"),
    ("oo", "u"), ("er", "a"), ("ar", "er"), ("o", "au"), ("w", "wh"), ("j", "g"), ("sh", "ch"), ("ks", "x"),
    ("son", "sen"), ("sen", "son"), ("mac", "mc"), ("mc", "mac"), ("o", "oh "), ("ei", "ie"), ("a", "e"), ("v", "b"),
    ("m", "n"), ("d", "t"), ("p", "b"), ("b", "p"), ("f", "th"), ("th", "f"),
)  # fmt: skip


def misheard(text: str, chance: random.Random) -> str:
    """Change one word of `text` in one or two places; never into itself."""
    for _ in range(50):
        words = text.split()
        place = chance.randrange(len(words))
        changed = words[place]
        for _ in range(chance.choice((1, 1, 2))):
            changed = _respelt(changed, chance) if chance.random() < 0.75 else _slipped(changed, chance)
        words[place] = changed.strip()
        if changed.strip() and " ".join(words) != text:
            return " ".join(words)
    return text + " please"


def _respelt(word: str, chance: random.Random) -> str:
    usable = [(old, new) for old, new in _SPELLINGS if old in word]
    if not usable:
        return word
    old, new = chance.choice(usable)
    return word.replace(old, new, 1)


def _slipped(word: str, chance: random.Random) -> str:
    if len(word) < 3:
        return word
    at = chance.randrange(1, len(word) - 1)
    kind = chance.choice(("swap", "drop", "double"))
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + (word[at] * 2 if kind == "double" else "") + word[at + 1 :]

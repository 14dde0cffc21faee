"""Saying a word that is in no dictionary: the rules of the language it looks to be from, and the learned model."""

from __future__ import annotations

import re

from ivr.grammar.sounds.languages import guess, read_by_rules
from ivr.grammar.sounds.learned import learned_sounds

Phones = tuple[str, ...]
MOST = 4
"""Pronunciations given for one word."""
_LEARNED = 3
_WORTH_TRYING = 0.04
"""Share of the learned model's probability below which a reading is left out."""
_FIRST = frozenset(("welsh", "irish", "west_african", "pinyin"))
"""Languages the learned model has seen too little of: their rules are tried first, those of others second."""
_NOT_LETTER = re.compile(r"[^a-z]")


def sound_out(word: str) -> tuple[Phones, ...]:
    """Return one to `MOST` pronunciations of `word` (letters; others are ignored), likeliest first.

    Empty only where the word has no letter a-z.
    """
    letters = _NOT_LETTER.sub("", word)
    if not letters:
        return ()
    learned = learned_sounds().read(letters, _LEARNED)
    found = [r.phones for i, r in enumerate(learned) if i == 0 or r.share >= _WORTH_TRYING]
    language = guess(letters)
    if language:
        found.insert(0 if language in _FIRST else 1, read_by_rules(letters, language))
    return tuple(dict.fromkeys(phones for phones in found if phones))[:MOST] or (read_by_rules(letters, "plain"),)

"""How a word of the American dictionary is said in the south of England, in the same 39 phones."""

from __future__ import annotations

Phones = tuple[str, ...]
_VOWELS = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])
_YOD = frozenset(["T", "D", "N", "S", "Z"])
_BATH_BEFORE = (("F",), ("S", "T"), ("S", "K"), ("S", "P"), ("S", "L"), ("TH",), ("N", "S"), ("N", "T"), ("N", "CH"))
_BATH_SPELT = ("aft", "ast", "ask", "asp", "ass", "ath", "anc", "ant", "aff", "augh", "asl", "alf")


def british_variant(word: str, phones: Phones) -> Phones:
    """Return the British form of one American pronunciation; the same phones where nothing differs.

    Applied: no R unless a vowel follows, the BATH vowel, the rounded LOT vowel (nearest: AO), and Y before UW
    after T, D, N (Wells 1982, "Accents of English", 1.2, 3.1 and 3.2).
    """
    bath = any(spelt in word for spelt in _BATH_SPELT)
    lot = "o" in word and "oh" not in word
    yod = "u" in word or "ew" in word
    said: list[str] = []
    for i, phone in enumerate(phones):
        after = phones[i + 1 :]
        if phone == "R" and not (after and after[0] in _VOWELS):
            if not said:
                said.append(phone)
        elif phone == "AE" and bath and any(after[: len(b)] == b for b in _BATH_BEFORE):
            said.append("AA")
        elif phone == "AA" and lot and after[:1] != ("R",):
            said.append("AO")
        elif phone == "UW" and yod and said and said[-1] in _YOD:
            said += ["Y", "UW"]
        elif phone == "ER" and not after and i:
            said.append("AH")
        else:
            said.append(phone)
    return tuple(said)

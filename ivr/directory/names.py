"""A person's name out of whatever cells it was typed into."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from ivr.directory import words
from ivr.directory.casing import PARTICLES, needs_case, proper_name
from ivr.directory.tidy import is_damaged, tidy
from ivr.directory.usual import GIVEN, SURNAMES
from ivr.text import fold, normalise, squash


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in its parts, as written."""

    forename: str = ""
    """Given names; initials without full stops."""
    surname: str = ""
    preferred: str = ""
    """What the person is called, where it differs from the first given name."""
    title: str = ""
    """Courtesy title as spoken: "doctor", "councillor"."""
    aside: tuple[str, ...] = ()
    """What stood in brackets or after a dash, for the caller of this function to make sense of."""
    fixed: tuple[str, ...] = ()
    """Kinds of problem that were tidied: `combined_name`, `title_in_name`, ..."""


_BRACKETS: Final = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]?")
_QUOTED: Final = re.compile(
    r"""(?:^|\s)["'\N{LEFT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}]([^\W\d_][\w \-]*)["'\N{RIGHT DOUBLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}](?=\s|$|,)"""  # noqa: E501 - a pattern is read whole
)
_DASH: Final = re.compile(
    r"\s+[-\N{EN DASH}\N{EM DASH}|/:*~]+\s+|\s+[\N{EN DASH}\N{EM DASH}](?=\w)|(?<=\w)[\N{EN DASH}\N{EM DASH}]\s+|\s*[|;]\s*"  # noqa: E501 - a pattern is read whole
)
_INITIALS: Final = re.compile(r"^(?:[^\W\d_]\.?){1,4}$")
_STRAY: Final = re.compile(r"[^\w\s'’.,\-\N{MIDDLE DOT}]|_|\d")  # noqa: RUF001 - meant


def read_name(whole: str = "", forename: str = "", surname: str = "", preferred: str = "") -> PersonName:
    """Make a name of the cells given; any may be empty, and any may hold what belongs to another.

    >>> read_name("SMITH, John (Mat leave)").surname
    'Smith'
    >>> read_name(forename="JANE", surname="VAN DER BERG").surname
    'van der Berg'
    """
    cells = [_without_asides(cell) for cell in (whole, forename, surname, preferred)]
    name = PersonName(aside=tuple(a for _, asides in cells for a in asides))
    bare = [text for text, _ in cells]
    found: list[str] = []
    titles: list[str] = []
    for i, text in enumerate(bare[:3]):
        bare[i] = _without_titles(text, titles, found)
    name = replace(name, title=next((t for t in titles if t), ""))
    given, family = _parts(bare, found)
    given, family = map(tidy, _cased(given, family, found))  # capitals may look like letters read wrongly
    called = tidy(proper_name(bare[3]) if needs_case(bare[3]) else bare[3])
    called = _called(called, given, family)
    return replace(name, forename=given, surname=family, preferred=called, fixed=tuple(dict.fromkeys(found)))


def _called(called: str, given: str, family: str) -> str:
    """Drop a surname repeated in the preferred name, and a preferred name that is the first name anyway."""
    if family and squash(called).endswith(squash(family)) and " " in called:
        called = called[: -len(family)].strip()
    return "" if squash(called) in {squash(given), squash(given.split(" ", maxsplit=1)[0]) if given else ""} else called


def _without_asides(text: str) -> tuple[str, list[str]]:
    asides = [a.strip() for a in _BRACKETS.findall(text)]
    text = _BRACKETS.sub(" ", text)
    quoted = _QUOTED.findall(text)
    if quoted:
        asides += [f"known as {q}" for q in quoted]
        text = _QUOTED.sub(" ", text)
    if re.search(r",\s*$", text):
        text = text.rstrip(" ,")
    parts = [p for p in _DASH.split(text.strip()) if p and p.strip()]
    if len(parts) > 1:
        text, asides = parts[0], asides + [p.strip() for p in parts[1:]]
    return " ".join(text.strip(" -*:;|/").split()), [a for a in asides if a]


def _without_titles(text: str, titles: list[str], found: list[str]) -> str:
    tokens = text.split(" ")
    while len(tokens) > 1 or (tokens and tokens[0].rstrip(".").casefold() in words.TITLES and tokens[0].endswith(".")):
        key = tokens[0].rstrip(".,").casefold()
        if key not in words.TITLES or (key in {"rt", "hon", "maj", "col"} and not tokens[0].endswith(".")):
            break
        titles.append(words.TITLES[key])
        found.append("title_in_name")
        tokens.pop(0)
    tokens = _title_after_comma(tokens, titles, found)
    return " ".join(_without_honours(tokens, found)).strip(" ,")


def _title_after_comma(tokens: list[str], titles: list[str], found: list[str]) -> list[str]:
    """Take off a title behind the surname: SMITH, Mr John."""
    for i in range(1, len(tokens)):
        key = tokens[i].rstrip(".,").casefold()
        after_comma = tokens[i - 1].endswith(",")
        if key in words.TITLES and (after_comma or (key in {"mr", "mrs", "ms", "miss", "dr", "cllr"})):
            titles.append(words.TITLES[key])
            found.append("title_in_name")
            return tokens[:i] + tokens[i + 1 :]
    return tokens


def _without_honours(tokens: list[str], found: list[str]) -> list[str]:
    upper = " ".join(tokens).isupper()
    while len(tokens) > 1:
        last = tokens[-1].strip(",")
        key = last.replace(".", "").casefold()
        comma = tokens[-2].endswith(",") and len(tokens) > 2  # noqa: PLR2004 - "Li, Ma" is a name
        if key not in words.HONOURS:
            break
        if key in words.DOUBTFUL_HONOURS and not comma and (upper or not last.isupper() or len(tokens) < 3):  # noqa: PLR2004
            break
        found.append("honours_in_name")
        tokens = tokens[:-1]
    return tokens


def _parts(cells: list[str], found: list[str]) -> tuple[str, str]:
    whole, given, family = cells[:3]
    if family and "," in family and not given:
        whole, family = family, ""
    if given and "," in given and not family:
        whole, given = given, ""
    if given and family:
        return _both(given.strip(" ,"), family.strip(" ,"), found)
    if (given or family) and whole:
        return _with_whole(whole, given, family, found)
    single = whole or given or family
    if not single:
        return "", ""
    if not whole and " " not in single and "," not in single:
        return (given, family)
    if not whole and family and _is_surname(family):
        return "", family
    split = split_name(single)
    if split[0] and (not whole or "," in single or not single.casefold().startswith(split[0].casefold())):
        found.append("combined_name")
    return split


def _is_surname(text: str) -> bool:
    """Tell whether a surname of several words begins with a particle: van der Berg."""
    return text.split(" ", maxsplit=1)[0].casefold() in PARTICLES


def _both(given: str, family: str, found: list[str]) -> tuple[str, str]:
    """Cells for both names, one of which may repeat the other."""
    words_given, words_family = given.split(" "), family.split(" ")
    if len(words_given) > 1 and squash(words_given[-1]) == squash(family):
        found.append("combined_name")
        return " ".join(words_given[:-1]).strip(" ,"), family
    if len(words_family) > 1 and squash(words_family[0]) == squash(given):
        found.append("combined_name")
        return given, " ".join(words_family[1:]).strip(" ,")
    if "," in family or "," in given:
        combined = family if "," in family else given
        left, right = split_name(combined)
        if left and right and squash(left) == squash(given if combined is family else family):
            found.append("combined_name")
            return left, right
    if is_swapped(given, family):
        found.append("swapped_names")
        return family, given
    return given, family


def _with_whole(whole: str, given: str, family: str, found: list[str]) -> tuple[str, str]:
    """One name column and a full name: the full name supplies the other."""
    if given and squash(whole) and " " not in whole:
        return (given, whole) if squash(whole) != squash(given) else (given, "")
    if family and " " not in whole and squash(whole) != squash(family):
        return whole, family
    left, right = split_name(whole)
    found.append("combined_name")
    if family and squash(left + right) != squash(family) and squash(whole).endswith(squash(family)):
        return whole[: -len(family)].strip() or left, family
    return left, right


def is_swapped(given: str, family: str) -> bool:
    """Tell whether the given name is surely a surname and the surname surely a given name."""
    if given.isupper() and not family.isupper() and len(given) > 2 and family.casefold() in GIVEN:  # noqa: PLR2004
        return given.casefold() not in GIVEN
    return given.casefold() in SURNAMES and family.split(" ", maxsplit=1)[0].casefold() in GIVEN


def split_name(text: str) -> tuple[str, str]:
    """Split a whole name into given names and surname: "Smith, Jane", "SMITH Jane", "Smith J", "Jane van der Berg".

    >>> split_name("Maria de Souza")
    ('Maria', 'de Souza')
    """
    if "," in text:
        family, _, given = text.partition(",")
        return given.replace(",", " ").strip(), family.strip()
    tokens = text.split(" ")
    if len(tokens) == 1:
        return "", text
    caps = [len(t) > 1 and t.isupper() and not _INITIALS.match(t) for t in tokens]
    if caps[0] and not all(caps) and not any(len(t) > 1 and t.isupper() for t in tokens[caps.index(False) :]):
        at = caps.index(False)
        if any(t.casefold() != t.upper().casefold() or len(t) > 1 for t in tokens[at:]):
            return " ".join(tokens[at:]), " ".join(tokens[:at])
    # A first word of which one letter can be said is an initial itself, however it is written.
    if len(normalise(tokens[0])) > 1 and all(_is_initials(t) for t in tokens[1:]) and not _is_initials(tokens[0]):
        return " ".join(tokens[1:]), tokens[0]
    at = len(tokens) - 1
    while at > 1 and fold(tokens[at - 1]) in PARTICLES:
        at -= 1
    return " ".join(tokens[:at]), " ".join(tokens[at:])


def _is_initials(token: str) -> bool:
    bare = token.replace(".", "")
    return bool(_INITIALS.match(token)) and bare.isupper() and (len(bare) <= 2 or "." in token)  # noqa: PLR2004


def _cased(given: str, family: str, found: list[str]) -> tuple[str, str]:
    given = re.sub(r"(?<=[^\W\d_])\.(?=[^\W\d_])", " ", given).replace(".", " ")
    given, family = _letters(mended(given)), _letters(mended(family).replace(".", " "))
    one_case = f"{given} {family}".strip()
    lower = bool(one_case) and one_case.islower()
    if _needs(given) or (lower and given):
        given = proper_name(given)
        found.append("capitals")
    if needs_case(family) and not (family.casefold() == "ng" and not family.isupper()):
        family = proper_name(family, surname=True)
        found.append("capitals")
    return given, family


def mended(text: str) -> str:
    """Guess letters lost for good where only one usual given name fits; else the name goes on without them.

    >>> mended("Rh?annon"), mended("Qu?rk")
    ('Rhiannon', 'Qurk')
    """
    return " ".join(_mended_word(word) if is_damaged(word) else word for word in text.split(" "))


def _mended_word(word: str) -> str:
    pattern = re.compile("".join("." if c in "?\ufffd" else re.escape(fold(c)) for c in word))
    fits = sorted({fold(name) for name in GIVEN if pattern.fullmatch(fold(name))})
    return fits[0].capitalize() if len(fits) == 1 else word.replace("?", "").replace("\ufffd", "")


def _needs(given: str) -> bool:
    """Capitals of up to two letters are initials ("JR"), unless they hold a vowel and so may be "JO"."""
    bare = given.replace(" ", "")
    if all(len(part) == 1 for part in given.split(" ")):
        return given.islower()
    return needs_case(given) and (len(bare) > 2 or any(v in bare.casefold() for v in "aeiouy"))  # noqa: PLR2004


def _letters(text: str) -> str:
    text = _STRAY.sub(" ", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    text = re.sub(r"\s*-\s*", "-", text)
    text = re.sub(r"\b([OD])['`]\s+(?=\w)", r"\1'", text)
    return " ".join(text.replace(",", " ").strip(" -'").split())

"""What a person has changed about the words of a site: enquiries, prompts, hours, closures, names, an urgent message.

A working copy lies beside the versions (FOLDER/wording.json); each version carries the words it was staged with,
so that going back brings the old ones back too.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final

from ivr.directory.whole import locked, write_whole
from ivr.errors import DirectoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_FILE: Final = "wording.json"
ENQUIRY_FIELDS: Final = ("title", "answer", "text", "hours", "entry", "phrases")
"""What can be changed about an enquiry; `phrases` are further ways to ask, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Changes over the files of the site; what is empty is as the files have it."""

    enquiries: dict[str, dict[str, str]] = field(default_factory=dict)
    """Id -> field -> text."""
    prompts: dict[str, str] = field(default_factory=dict)
    """Id -> words."""
    hours: str = ""
    """The operators' hours, OpenStreetMap syntax."""
    notice: str = ""
    """Said to every caller first."""
    closures: dict[str, dict[str, str]] = field(default_factory=dict)
    """Key -> row as in `closures.csv`; one that says `removed` takes away the file's of the same days and entry."""
    said: dict[str, str] = field(default_factory=dict)
    """Word -> phones, how it is said first of all."""

    @property
    def nothing(self) -> bool:
        """Nothing is changed."""
        return self == Wording()

    def as_json(self) -> dict[str, Any]:
        """Return what is changed, as versions carry it."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Wording:
        """Read what `as_json` wrote. Raises DirectoryError where it is not that."""
        try:
            known = {f.name for f in fields(cls)}
            found = {str(k): v for k, v in data.items() if k in known}
            return cls(**found)
        except (AttributeError, TypeError) as error:
            raise DirectoryError(f"changed words cannot be read: {error}", todo="activate another version") from error


def read_wording(folder: Path) -> Wording:
    """Return the working copy. Raises DirectoryError where it is damaged."""
    try:
        return Wording.of(json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Wording()
    except (OSError, ValueError) as error:
        raise DirectoryError(f"cannot be read: {error}", where=str(folder / _FILE), todo="remove it") from error


def change_wording(folder: Path, change: Callable[[Wording], Wording]) -> Wording:
    """Change the working copy, one after the other. Raises UnavailableError."""
    with locked(folder, ".wording"):
        changed = change(read_wording(folder))
        write_whole(folder / _FILE, json.dumps(changed.as_json(), ensure_ascii=False).encode())
    return changed


def with_enquiry(wording: Wording, enquiry: str, texts: Mapping[str, str]) -> Wording:
    """Return the wording with these fields of an enquiry changed; those that are empty are as in the file again."""
    kept = wording.enquiries.get(enquiry, {}) | dict(texts)
    kept = {name: text for name, text in kept.items() if text and name in ENQUIRY_FIELDS}
    others = {name: value for name, value in wording.enquiries.items() if name != enquiry}
    return replace(wording, enquiries=others | ({enquiry: kept} if kept else {}))


def with_prompt(wording: Wording, prompt: str, text: str) -> Wording:
    """Return the wording with a prompt changed; empty: as in the file again."""
    others = {name: value for name, value in wording.prompts.items() if name != prompt}
    return replace(wording, prompts=others | ({prompt: text} if text else {}))


def with_closure(wording: Wording, key: str, row: Mapping[str, str]) -> Wording:
    """Return the wording with a closure changed (see `Wording.closures`)."""
    return replace(wording, closures=wording.closures | {key: dict(row)})


def with_said(wording: Wording, word: str, phones: str) -> Wording:
    """Return the wording with a word said so; empty: as the site's files have it again."""
    others = {name: value for name, value in wording.said.items() if name != word}
    return replace(wording, said=others | ({word: phones} if phones else {}))


def described(before: Wording, after: Wording) -> list[tuple[str, str, str]]:
    """Return what differs between two: (what, before, after)."""
    one, other = _flat(before), _flat(after)
    return [
        (n, one.get(n, ""), other.get(n, "")) for n in sorted(one.keys() | other.keys()) if one.get(n) != other.get(n)
    ]


def _flat(wording: Wording) -> dict[str, str]:
    found = {f"enquiry {e}: {name}": text for e, texts in wording.enquiries.items() for name, text in texts.items()}
    found |= {f"prompt {name}": text for name, text in wording.prompts.items()}
    found |= {"hours": wording.hours, "urgent message": wording.notice}
    for row in wording.closures.values():
        found |= {f"closure {' '.join(filter(None, (row.get('from'), row.get('to'), row.get('who'))))}": _closure(row)}
    found |= {f"how {word} is said": phones.lower() for word, phones in wording.said.items()}
    return {name: text for name, text in found.items() if text}


def _closure(row: Mapping[str, str]) -> str:
    if row.get("removed"):
        return "taken away"
    return " ".join(filter(None, (row.get("hours") or "closed", f"({row['reason']})" if row.get("reason") else "")))

"""Call scripts: `calls.yaml`, a list of calls with their turns and what should become of each.

    calls:
      - id: nickname                       # unique
        title: a nickname and a surname    # for people
        turns:                             # in order; when they are used up the caller hangs up
          - {wav: nickname_1.wav}          # a recording, relative to this file; `says`: the words in it
          - {says: "yes please"}           # no recording: words as a recogniser would give them
          - {keys: "1"}                    # keys pressed: 0-9, * and #
          - {hangup: true}                 # the caller hangs up; in a turn with more, after it
          - silence                        # the caller says nothing; also: nickname_2.wav, hangup, "keys:1"
        caller: "+447700900123"            # number; a mobile is offered texts
        internal: false                    # a colleague
        at: 2026-03-04T10:30               # when; office hours where left out
        open: true                         # over the site's hours
        last_entry: Jane Smith             # whom this caller was put through to a moment ago
        dials: [busy, answered]            # how each dial ends: answered, busy, no-answer, failed, hangup
        texts: true                        # whether text messages arrive
        payments: [charged]                # how each card payment ends: charged, cancelled, invalid, failed, hangup ...
        survey: false                      # whether the caller is asked at the end how satisfied they are
        languages: [en-GB, cy]             # offered at the greeting, over the site's own
        recognised: [cy]                   # of those, beside the site's own, whose words are recognised
        settings: {dialogue.failures: 3}   # over the site's `[dialogue]`
        expect: {outcome: transferred, entry: Jane Smith, department: Housing, enquiry: "", said: ["on another call"]}

Everything but `id` and `turns` may be left out. An outcome may be a list of those that will do; `entry` is a
name or an id of somebody who must be dialled; `said` are stretches of what the caller must have been told.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ivr.errors import InputError
from ivr.model import Outcome  # noqa: TC001 (pydantic reads it at run time)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.model import Entry


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Turn(_Strict):
    """What the caller does in one turn; all empty: silence."""

    wav: Path | None = None
    says: str = ""
    """The words of the recording; without one, the words a recogniser would give."""
    keys: Annotated[str, Field(pattern=r"^[0-9*#]*$")] = ""
    hangup: bool = False
    """The caller hangs up after that."""
    voice: str = ""
    noise: str = ""
    seconds: float = 0.0
    """These three say how the recording was made, and change nothing here."""

    @property
    def only_hangs_up(self) -> bool:
        """Whether there is nothing before the hang-up."""
        return self.hangup and not (self.wav or self.says or self.keys)


class Expected(_Strict):
    """What should become of a call; what is empty does not matter."""

    outcome: Annotated[tuple[Outcome, ...], BeforeValidator(_listed)] = ()
    """Any of these."""
    entry: str = ""
    """Name or id of somebody who must be dialled."""
    department: str = ""
    """That entry's department, where a name is not enough."""
    enquiry: str = ""
    said: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Stretches of what the caller must have been told."""

    def means(self, entry: Entry) -> bool:
        """Whether `entry` is the one expected."""
        named = self.entry in {entry.id, entry.name} or self.entry.casefold() == entry.name.casefold()
        return named and self.department.casefold() in {"", entry.department.casefold()}


class CallScript(_Strict):
    """One call to play."""

    id: str
    title: str = ""
    turns: tuple[Turn, ...]
    caller: str = ""
    internal: bool = False
    at: Annotated[str, BeforeValidator(lambda v: v if isinstance(v, str) else v.isoformat())] = ""
    """When the call happens, ISO 8601; empty: in office hours."""
    open: bool | None = None
    """Whether the site is open; None: by its hours."""
    last_entry: str = ""
    """Name or id of whom this caller was put through to a moment ago."""
    dials: tuple[Literal["answered", "busy", "no-answer", "failed", "canceled", "hangup"], ...] = ()
    """How each dial ends; answered where it says nothing."""
    texts: bool = True
    """Whether text messages arrive."""
    payments: tuple[Literal["charged", "token", "cancelled", "invalid", "failed", "unknown", "hangup"], ...] = ()
    """How each card payment ends; charged where it says nothing."""
    survey: bool = False
    """Whether the caller is asked at the end how satisfied they are."""
    languages: tuple[str, ...] = ()
    """Offered at the greeting, over the site's own."""
    recognised: tuple[str, ...] = ()
    """Of those, beside the site's own, whose words are recognised."""
    settings: dict[str, Any] = {}
    """`dialogue.KEY` settings over the site's."""
    expect: Expected = Expected()


def turn_of(value: Any, folder: Path) -> Turn:
    """Read one turn as the file has it. Raises ValueError, or pydantic's, for what is none."""
    if isinstance(value, dict):
        found = {str(k): v for k, v in value.items()}
        return Turn(**found | ({"wav": folder / str(found["wav"])} if found.get("wav") else {}))
    if value == "silence":
        return Turn()
    if value == "hangup":
        return Turn(hangup=True)
    if isinstance(value, str) and value.startswith("keys:"):
        return Turn(keys=value.removeprefix("keys:").strip())
    if isinstance(value, str) and value:
        return Turn(wav=folder / value)
    raise ValueError(f"`{value}` is no turn: a WAV file, silence, hangup, or keys")


def script_of(turns: Sequence[str], **more: Any) -> CallScript:
    """Make a script of turns given on a command line: WAV files, `silence`, `hangup`, `keys:1`. Raises InputError."""
    try:
        return CallScript(id="call", turns=tuple(turn_of(turn, Path()) for turn in turns), **more)
    except (ValidationError, ValueError) as error:
        raise InputError(_fault(error)) from None


def load_calls(file: Path) -> tuple[CallScript, ...]:
    """Read call scripts. Raises InputError naming the file and the call that cannot be used."""
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(file), todo="check the path") from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", where=str(file)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        raise InputError(f"not valid YAML: {getattr(error, 'problem', error)}", where=where) from error
    rows = data.get("calls") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not rows:
        raise InputError("holds no calls", where=str(file), todo="write a list of calls, each with `id` and `turns`")
    scripts = tuple(_script(row, n, file) for n, row in enumerate(rows, 1))
    ids = [script.id for script in scripts]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice:
        raise InputError(f"call `{twice}` is there twice", where=str(file), todo="give each its own id")
    return scripts


def _script(row: Any, number: int, file: Path) -> CallScript:
    name = row.get("id", "") if isinstance(row, dict) else ""
    where = f"{file}, call {number}" + (f" (`{name}`)" if name else "")
    if not isinstance(row, dict) or not isinstance(row.get("turns"), list):
        raise InputError("needs `id` and a list of `turns`", where=where)
    try:
        turns = tuple(turn_of(turn, file.parent) for turn in row["turns"])
        return CallScript(**{**{str(k): v for k, v in row.items()}, "turns": turns})
    except (ValidationError, ValueError) as error:
        raise InputError(_fault(error), where=where) from None


def _fault(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    fault = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in fault["loc"])
    return f"`{name}`: {fault['msg'].lower()}, found {fault['input']!r}"

"""What is recorded of a call, step by step, as records that can wait on disk: in and out of JSON without loss.

Values are written as the database's columns write them, so both hold the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator

from ivr.model import CallFacts, CallRecord, TurnRecord
from ivr.records.columns import from_micros, to_micros
from ivr.records.privacy import Caller
from ivr.records.tables import calls, turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

    from ivr.records.store import Store

_DIALECT = sqlite.dialect()
_UNKEPT = frozenset({"caller", "dialled"})
"""Facts that no record may hold."""


class Op(Protocol):
    """One step. Applied twice, it changes nothing more."""

    @property
    def call_id(self) -> str:
        """The call it is a step of."""
        ...

    def apply(self, store: Store) -> None:
        """Record it. Raises RecordsError."""
        ...

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A call began. The caller's number is not kept."""

    facts: CallFacts
    caller: Caller
    directory_version: str
    language: str

    @property
    def call_id(self) -> str:
        """The call."""
        return self.facts.call_id

    def apply(self, store: Store) -> None:
        """Record it."""
        store.begin(self.facts, self.caller, directory_version=self.directory_version, language=self.language)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        known = {field.name: getattr(self.facts, field.name) for field in fields(CallFacts)}
        facts = {name: value for name, value in known.items() if name not in _UNKEPT}
        return {
            "op": "begun",
            "call_id": self.facts.call_id,
            "facts": facts | {"started": to_micros(self.facts.started)},
            "caller": [self.caller.key, self.caller.masked],
            "version": self.directory_version,
            "language": self.language,
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """A turn was taken."""

    call_id: str
    turn: TurnRecord

    def apply(self, store: Store) -> None:
        """Record it."""
        store.turn(self.call_id, self.turn)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {"op": "taken", "call_id": self.call_id, "row": _turn(self.turn)}


@dataclass(frozen=True, slots=True)
class Finished:
    """A call ended, or more is known of how."""

    call: CallRecord

    @property
    def call_id(self) -> str:
        """The call."""
        return self.call.call_id

    def apply(self, store: Store) -> None:
        """Record it."""
        store.finish(self.call)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {"op": "finished"} | _whole(self.call)


@dataclass(frozen=True, slots=True)
class Over:
    """A call is over, and whoever was told so knew nothing of it: what others know, or will, goes before this."""

    call: CallRecord

    @property
    def call_id(self) -> str:
        """The call."""
        return self.call.call_id

    def apply(self, store: Store) -> None:
        """Record it."""
        store.over(self.call)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {"op": "over"} | _whole(self.call)


@dataclass(frozen=True, slots=True)
class Wrong:
    """An earlier call's transfer was wrong."""

    call_id: str

    def apply(self, store: Store) -> None:
        """Record it."""
        store.mark_wrong(self.call_id)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {"op": "wrong", "call_id": self.call_id}


def parse(data: Mapping[str, Any]) -> Op:
    """Read what `as_json` gave. Raises ValueError, KeyError or TypeError where it is damaged."""
    call_id = str(data["call_id"])
    match data["op"]:
        case "begun":
            facts = CallFacts(**(data["facts"] | {"started": from_micros(data["facts"]["started"])}))
            return Begun(facts, Caller(*data["caller"]), data["version"], data["language"])
        case "taken":
            return Taken(call_id, TurnRecord(**_rich(turns, data["row"])))
        case "finished" | "over" as kind:
            said = tuple(TurnRecord(**_rich(turns, row)) for row in data["turns"])
            call = CallRecord(**_rich(calls, data["row"]), turns=said)
            return Finished(call) if kind == "finished" else Over(call)
        case "wrong":
            return Wrong(call_id)
        case other:
            raise ValueError(f"unknown kind of record {other!r}")


def _whole(call: CallRecord) -> dict[str, Any]:
    row = {field.name: getattr(call, field.name) for field in fields(CallRecord) if field.name != "turns"}
    said = [_turn(turn) for turn in call.turns]
    return {"call_id": call.call_id, "row": _plain(calls, row), "turns": said}


def _turn(turn: TurnRecord) -> dict[str, Any]:
    return _plain(turns, {field.name: getattr(turn, field.name) for field in fields(TurnRecord)})


def _plain(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _written(table.c[name].type, value) for name, value in row.items()}


def _rich(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _read(table.c[name].type, value) for name, value in row.items()}


def _written(kind: Any, value: Any) -> Any:
    return kind.process_bind_param(value, _DIALECT) if isinstance(kind, TypeDecorator) else value


def _read(kind: Any, value: Any) -> Any:
    if not isinstance(kind, TypeDecorator) or type(kind).process_result_value is TypeDecorator.process_result_value:
        return value
    return kind.process_result_value(value, _DIALECT)

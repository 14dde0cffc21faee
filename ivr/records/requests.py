"""What callers asked for, kept until the organisation has it: written before the caller hears the reference.

A request is `waiting` until it is `delivered`, or `dead` once too many tries failed; a dead one is never forgotten,
it waits for a person. The same request of the same call is one request, however often it is filed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from ivr.errors import RecordsError
from ivr.records.tables import requests

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.records.database import Database

_TRIES: Final = 20


class Status(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request."""

    reference: str
    """Seven digits, the last a check digit (Luhn), so that one misheard is noticed."""
    call_id: str
    enquiry: str
    kind: str
    title: str
    details: Mapping[str, str]
    """What was gathered: personal data."""
    created: datetime
    status: Status
    attempts: int
    due: datetime
    """When it is to be delivered next."""
    delivered: datetime | None
    fault: str
    """Why the last try failed."""
    promised: datetime | None = None
    """By when the caller was told it would be dealt with; None: nothing was said of that."""
    done: datetime | None = None
    """When somebody dealt with it; None: not yet, as far as is known here."""

    def as_json(self) -> dict[str, Any]:
        """Return it as the back office gets it."""
        return {
            "reference": self.reference,
            "enquiry": self.enquiry,
            "kind": self.kind,
            "title": self.title,
            "details": dict(self.details),
            "created": self.created.isoformat(),
            "call_id": self.call_id,
        } | ({"promised": self.promised.isoformat()} if self.promised else {})


class Requests:
    """The requests of one records database. Every method raises RecordsError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def file(  # noqa: PLR0913 - a request's particulars
        self,
        call_id: str,
        enquiry: str,
        kind: str,
        title: str,
        details: Mapping[str, str],
        now: datetime,
        *,
        promised: datetime | None = None,
    ) -> str:
        """Keep a request, and return its reference; the same one again returns the same reference."""
        written = json.dumps(dict(details), sort_keys=True, ensure_ascii=False)
        key = hashlib.sha256(f"{call_id}\n{enquiry}\n{written}".encode()).hexdigest()
        row = {
            "call_id": call_id, "key": key, "enquiry": enquiry, "kind": kind, "title": title, "details": written,
            "created": now, "due": now, "promised": promised,
        }  # fmt: skip
        known = sa.select(requests.c.reference).where(requests.c.key == key)
        for _ in range(_TRIES):  # a reference that is taken already is drawn again
            with self._database.write() as connection:
                self._database.add(connection, requests, row | {"reference": new_reference()})
                reference = connection.scalar(known)
            if reference:
                return str(reference)
        raise RecordsError("no reference is free; the request was not kept")

    def list(self, status: Status | None = None, limit: int = 1000, *, newest: bool = False) -> tuple[Request, ...]:
        """Return requests, oldest (or newest) first."""
        which = requests.c.status == status if status else sa.true()
        order = requests.c.created.desc() if newest else requests.c.created
        found = sa.select(requests).where(which).order_by(order, requests.c.reference).limit(limit)
        with self._database.read() as connection:
            return tuple(_request(row) for row in connection.execute(found).mappings())

    def get(self, reference: str) -> Request | None:
        """Return the request with this reference (spaces do not matter), or None."""
        plain = "".join(reference.split())
        with self._database.read() as connection:
            row = connection.execute(sa.select(requests).where(requests.c.reference == plain)).mappings().first()
        return _request(row) if row else None

    def claim(self, now: datetime, until: datetime) -> Request | None:
        """Take the request that is due longest, so that no other deliverer takes it before `until`; None: none is."""
        due = (requests.c.status == Status.WAITING, requests.c.due <= now)
        first = sa.select(requests).where(*due).order_by(requests.c.due, requests.c.reference).limit(1)
        with self._database.write() as connection:
            row = connection.execute(first.with_for_update(skip_locked=True)).mappings().first()
            if row is None:
                return None
            change = sa.update(requests).where(requests.c.reference == row["reference"]).values(due=until)
            connection.execute(change)
        return _request(row)

    def settled(self, reference: str, *, delivered: datetime) -> None:
        """Record that the back office has it."""
        self._change(reference, status=Status.DELIVERED, delivered=delivered, fault="")

    def failed(self, reference: str, fault: str, *, due: datetime | None) -> None:
        """Record that a try failed: tried again when `due`, or dead where that is None."""
        again = {"due": due} if due else {"status": Status.DEAD}
        self._change(reference, fault=fault[:300], attempts=requests.c.attempts + 1, **again)

    def retry(self, now: datetime, reference: str = "") -> int:
        """Make dead requests (or the one given) wait for delivery again. Returns how many."""
        which = requests.c.reference == "".join(reference.split()) if reference else sa.true()
        change = sa.update(requests).where(requests.c.status == Status.DEAD, which)
        with self._database.write() as connection:
            return connection.execute(change.values(status=Status.WAITING, attempts=0, due=now)).rowcount

    def counts(self) -> Mapping[str, int]:
        """Return how many requests stand where."""
        counted = sa.select(requests.c.status, sa.func.count()).group_by(requests.c.status)
        with self._database.read() as connection:
            found = {str(status): int(number) for status, number in connection.execute(counted)}
        return {status.value: found.get(status.value, 0) for status in Status}

    def owed(self, before: datetime | None = None) -> tuple[Request, ...]:
        """Return what was promised and is not done, soonest first; `before`: only what is due by then."""
        due = requests.c.promised <= before if before else requests.c.promised.is_not(None)
        found = sa.select(requests).where(due, requests.c.done.is_(None)).order_by(requests.c.promised)
        with self._database.read() as connection:
            return tuple(_request(row) for row in connection.execute(found).mappings())

    def finished(self, reference: str, now: datetime) -> bool:
        """Note that somebody dealt with a request. Returns False where there is none of this reference."""
        this = requests.c.reference == "".join(reference.split())
        with self._database.write() as connection:
            connection.execute(sa.update(requests).where(this, requests.c.done.is_(None)).values(done=now))
            return connection.scalar(sa.select(requests.c.reference).where(this)) is not None

    def _change(self, reference: str, **values: Any) -> None:
        change = sa.update(requests).where(requests.c.reference == reference)
        if values.get("status") is not Status.DELIVERED:
            # Another deliverer, slower than its claim, may have delivered it after all: that stays.
            change = change.where(requests.c.status == Status.WAITING)
        with self._database.write() as connection:
            connection.execute(change.values(**values))


def new_reference() -> str:
    """Draw seven digits at random, the last a check digit."""
    digits = f"{secrets.randbelow(900_000) + 100_000}"
    return digits + str(_check(digits))


def valid_reference(reference: str) -> bool:
    """Tell whether a reference can be one: seven digits, the check digit right."""
    plain = "".join(reference.split())
    return len(plain) == 7 and plain.isdigit() and _check(plain[:-1]) == int(plain[-1])  # noqa: PLR2004 - as drawn


def _check(digits: str) -> int:
    """Check digit by Luhn's formula (ISO/IEC 7812-1)."""
    doubled = (int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return -sum(d - 9 if d > 9 else d for d in doubled) % 10  # noqa: PLR2004 - the formula's


def _request(row: sa.RowMapping) -> Request:
    kept = {name: row[name] for name in Request.__slots__ if name not in {"details", "status"}}
    return Request(**kept, details=json.loads(row["details"]), status=Status(row["status"]))

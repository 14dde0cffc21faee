"""Who is signed in to the administration pages: sessions kept in the database, so that they can be ended."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from ivr.records.accounts import Account, Accounts
from ivr.records.tables import signed_in

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.records.database import Database

LONGEST: Final = timedelta(hours=12)
"""Time after which everybody signs in again."""
_MARK: Final = timedelta(minutes=1)
"""How exactly the time of the last request is kept: a page need not write each time."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session."""

    token: str
    """The cookie. Whoever has it is signed in."""
    account: Account
    said: str
    """What the next page says at its top: the outcome of the last action."""

    @property
    def form_key(self) -> str:
        """What every form of this session must bring along, so that no other site can post it."""
        return hashlib.sha256(f"form {self.token}".encode()).hexdigest()


class SignedInPeople:
    """The sessions of one records database. Every method raises RecordsError where it fails."""

    def __init__(self, database: Database, idle: timedelta) -> None:
        """Take the database, and the time after which a session nobody uses ends."""
        self._database, self._idle, self._accounts = database, idle, Accounts(database)

    def begin(self, name: str, at: datetime) -> str:
        """Start a session and return its token. Old sessions are cleared away."""
        token = secrets.token_urlsafe(32)
        ended = sa.or_(signed_in.c.created < at - LONGEST, signed_in.c.seen < at - self._idle)
        with self._database.write() as connection:
            connection.execute(sa.delete(signed_in).where(ended))
            connection.execute(sa.insert(signed_in).values(key=_key(token), name=name, created=at, seen=at))
        return token

    def find(self, token: str, at: datetime) -> SignedIn | None:
        """Return the session of a token, and note that it is in use; None: there is none, or it has ended."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(signed_in).where(signed_in.c.key == _key(token))).first()
        if row is None or row.created < at - LONGEST or row.seen < at - self._idle:
            return None
        account = self._accounts.get(row.name)
        if account is None or account.disabled:
            return None
        if row.seen < at - _MARK:
            self._set(token, seen=at)
        return SignedIn(token, account, row.said)

    def say(self, token: str, text: str) -> None:
        """Have the next page say this at its top."""
        self._set(token, said=text)

    def end(self, token: str) -> None:
        """Sign out."""
        with self._database.write() as connection:
            connection.execute(sa.delete(signed_in).where(signed_in.c.key == _key(token)))

    def _set(self, token: str, **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(signed_in).where(signed_in.c.key == _key(token)).values(values))


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Accounts on either database: passwords hashed as they should be, lock-outs that grow, sessions that end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from made_calls import NOON

from ivr.errors import InputError, RecordsError
from ivr.records.accounts import ATTEMPTS, Accounts, SignInError
from ivr.records.roles import Role
from ivr.records.signed_in import LONGEST, SignedInPeople
from ivr.records.tables import accounts, audit_log, signed_in
from ivr.records.trail import note, read_trail

if TYPE_CHECKING:
    from ivr.records.store import Store

PASSWORD = "plum-orbit-lantern-42"
MINUTE = timedelta(minutes=1)


def test_passwords_are_kept_as_slow_hashes(store: Store) -> None:
    """argon2id with the memory RFC 9106 advises; the password itself stands nowhere, and names ignore case."""
    Accounts(store.database).add("Ada", Role.EDITOR, PASSWORD, NOON)
    with store.database.read() as connection:
        kept = connection.scalar(sa.select(accounts.c.password))
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Accounts(store.database).check("ADA", PASSWORD, "", NOON).role is Role.EDITOR


def test_lock_outs_grow(store: Store) -> None:
    """Five failures lock for a minute, the next for two; a right password in between begins anew."""
    people = Accounts(store.database)
    people.add("ada", Role.EDITOR, PASSWORD, NOON)

    def fails(at: object) -> bool:
        try:
            people.check("ada", "wrong wrong wrong", "", at)
        except SignInError:
            return True
        return False

    assert all(fails(NOON) for _ in range(ATTEMPTS))
    assert people.get("ada").locked_until == NOON + MINUTE
    with pytest.raises(SignInError):
        people.check("ada", PASSWORD, "", NOON + MINUTE / 2)
    assert fails(NOON + 2 * MINUTE)
    assert people.get("ada").locked_until == NOON + 4 * MINUTE
    people.check("ada", PASSWORD, "", NOON + 5 * MINUTE)
    assert fails(NOON + 6 * MINUTE)
    assert people.get("ada").locked_until is None


def test_sessions_end(store: Store) -> None:
    """After an hour nobody used it, after half a day in any case, and at once when the account is shut out."""
    Accounts(store.database).add("ada", Role.EDITOR, PASSWORD, NOON)
    Accounts(store.database).add("ben", Role.ADMINISTRATOR, PASSWORD, NOON)
    people = SignedInPeople(store.database, timedelta(hours=1))
    token = people.begin("ada", NOON)
    with store.database.read() as connection:
        assert token not in connection.scalars(sa.select(signed_in.c.key)).all()
    at = NOON
    while at < NOON + LONGEST:
        assert people.find(token, at)
        at += timedelta(minutes=50)
    assert people.find(token, NOON + LONGEST + MINUTE) is None
    token = people.begin("ada", NOON)
    assert people.find(token, NOON + timedelta(minutes=61)) is None
    assert people.find("guessed", NOON) is None
    token = people.begin("ada", NOON)
    Accounts(store.database).set_disabled("ada", disabled=True)
    assert people.find(token, NOON) is None


def test_the_last_administrator_stays(store: Store) -> None:
    """Neither role nor access of the only administrator can be taken away."""
    people = Accounts(store.database)
    people.add("ada", Role.ADMINISTRATOR, PASSWORD, NOON)
    for change in (lambda: people.set_role("ada", Role.VIEWER), lambda: people.set_disabled("ada", disabled=True)):
        with pytest.raises(InputError, match="nobody else"):
            change()


def test_the_audit_log_only_grows(store: Store) -> None:
    """The database itself refuses to change or delete a row, on either kind."""
    note(store.database, NOON, "ada", "directory.activate", "abc", "spring")
    for change in (sa.delete(audit_log), sa.update(audit_log).values(who="nobody")):
        with pytest.raises(RecordsError, match="only ever added to"), store.database.write() as connection:
            connection.execute(change)
    assert [(row.who, row.subject) for row in read_trail(store.database)] == [("ada", "abc")]
    assert read_trail(store.database, "100%") == ()

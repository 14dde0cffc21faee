"""Accounts of the people who administer a site: their role, their password, their second factor.

A wrong password and an unknown name take the same time and get the same answer, and either is locked out
after a few attempts, for longer each time.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from ivr.errors import InputError
from ivr.records.roles import Role
from ivr.records.tables import accounts, signed_in

if TYPE_CHECKING:
    from datetime import datetime

    from argon2 import PasswordHasher

    from ivr.records.database import Database

LEAST_PASSWORD: Final = 12
"""Characters a password must have."""
MOST_PASSWORD: Final = 1000
ATTEMPTS: Final = 5
"""Failures in a row before an account is locked."""
_FIRST_LOCK: Final = timedelta(minutes=1)
_LONGEST_LOCK: Final = timedelta(hours=1)
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in."""

    name: str
    """As typed to sign in."""
    shown: str
    role: Role
    source: str
    """`local`, or the provider that vouches for the person."""
    two_factors: bool
    """A code from the person's telephone is asked for too."""
    locked_until: datetime | None
    disabled: bool
    created: datetime


class SignInError(InputError):
    """Signing in was refused; the message says no more than a stranger may know."""


class CodeNeeded(SignInError):  # noqa: N818 - not a fault
    """The password is right, and a code of the second factor is needed."""


class Accounts:
    """The accounts of one records database. Every method raises RecordsError where it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- who there is ---

    def all(self) -> tuple[Account, ...]:
        """Return every account, by name."""
        with self._database.read() as connection:
            return tuple(_account(r) for r in connection.execute(sa.select(accounts).order_by(accounts.c.name)))

    def get(self, name: str) -> Account | None:
        """Return one account, or None."""
        row = self._row(name)
        return _account(row) if row else None

    def any(self) -> bool:
        """Tell whether anybody can sign in at all."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(accounts)) != 0

    # --- changes ---

    def add(self, name: str, role: Role, password: str, at: datetime, shown: str = "") -> Account:
        """Make a local account. Raises InputError for a name that is taken or empty, or a weak password."""
        _check_password(name, password)
        return self._add(name, role, at, shown, password=_hashed(password))

    def vouched(self, name: str, role: Role, source: str, at: datetime, shown: str = "") -> Account:
        """Make or update the account of a person another provider has signed in.

        Raises SignInError where the name belongs to a local account, or where the account is disabled.
        """
        known = self.get(name)
        if known is None:
            return self._add(name, role, at, shown, source=source)
        if known.source != source or known.disabled:
            raise SignInError("this account cannot sign in that way", todo="ask an administrator")
        self._set(known.name, role=role.value, shown=(shown or known.name)[:_LONGEST_NAME])
        return self.get(name) or known

    def set_password(self, name: str, password: str) -> None:
        """Change a password; the person is signed out everywhere. Raises InputError."""
        account = self._existing(name)
        if account.source != "local":
            raise InputError(f"{account.name} signs in at {account.source}", todo="change the password there")
        _check_password(name, password)
        self._set(account.name, password=_hashed(password), failures=0, locked_until=None)
        self.sign_out(account.name)

    def set_role(self, name: str, role: Role) -> None:
        """Give a person another role. Raises InputError where no administrator would be left."""
        account = self._existing(name)
        if role is not Role.ADMINISTRATOR:
            self._keep_one(account)
        self._set(account.name, role=role.value)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        """Stop a person signing in (and sign them out), or let them again. Raises InputError."""
        account = self._existing(name)
        if disabled:
            self._keep_one(account)
            self.sign_out(account.name)
        self._set(account.name, disabled=disabled, failures=0, locked_until=None)

    def set_secret(self, name: str, secret: str) -> None:
        """Have codes made from this secret (base32) asked for; empty: none any more."""
        self._set(self._existing(name).name, secret=secret, last_code=0)

    def sign_out(self, name: str) -> None:
        """End all sessions of a person."""
        with self._database.write() as connection:
            connection.execute(sa.delete(signed_in).where(signed_in.c.name == _key(name)))

    # --- signing in ---

    def check(self, name: str, password: str, code: str, at: datetime) -> Account:
        """Return the account whose password (and code, where it has two factors) these are.

        Raises CodeNeeded where only the code is missing, SignInError for everything else: one answer for all.
        """
        row = self._row(name)
        locked = row is not None and row.locked_until is not None and row.locked_until > at
        usable = row is not None and row.source == "local" and not row.disabled and not locked
        if not _matches(row.password if usable else "", password):
            raise self._refused(None if locked else row, at)
        if row.secret and not code.strip():
            raise CodeNeeded("type the code your authenticator shows")
        if row.secret:
            self._use_code(row, code, at)
        again = {"password": _hashed(password)} if _outdated(row.password) else {}
        self._set(row.name, failures=0, locked_until=None, **again)
        return _account(row)

    def _use_code(self, row: Any, code: str, at: datetime) -> None:
        """Take a code once. Raises SignInError."""
        interval = used_interval(row.secret, code, at)
        if not interval:
            raise self._refused(row, at)
        change = sa.update(accounts).where(accounts.c.name == row.name, accounts.c.last_code < interval)
        with self._database.write() as connection:
            taken = connection.execute(change.values(last_code=interval)).rowcount
        if not taken:  # seen before: somebody looked over the shoulder
            raise self._refused(row, at)

    def _refused(self, row: Any, at: datetime) -> SignInError:
        """Count a failure, and return the one answer that says nothing."""
        if row is not None:
            add = sa.update(accounts).where(accounts.c.name == row.name).values(failures=accounts.c.failures + 1)
            with self._database.write() as connection:
                connection.execute(add)
                failures = connection.scalar(sa.select(accounts.c.failures).where(accounts.c.name == row.name)) or 0
                if failures >= ATTEMPTS:
                    lock = min(_FIRST_LOCK * 2 ** min(failures - ATTEMPTS, 10), _LONGEST_LOCK)
                    until = sa.update(accounts).where(accounts.c.name == row.name).values(locked_until=at + lock)
                    connection.execute(until)
        return SignInError(
            "the name, the password or the code is not right, or there were too many attempts",
            todo="try again in a few minutes",
        )

    # --- inside ---

    def _add(self, name: str, role: Role, at: datetime, shown: str, **more: str) -> Account:
        key = _key(name)
        if not key or len(key) > _LONGEST_NAME or not key.isprintable():
            raise InputError("an account needs a name of at most 100 characters", todo="choose another")
        row = {"name": key, "shown": (shown or name.strip())[:_LONGEST_NAME], "role": role.value, "created": at} | more
        with self._database.write() as connection:
            if not self._database.add(connection, accounts, row):
                raise InputError(f"there is an account {key!r} already", todo="choose another name")
        return self._existing(key)

    def _row(self, name: str) -> Any:
        with self._database.read() as connection:
            return connection.execute(sa.select(accounts).where(accounts.c.name == _key(name))).first()

    def _existing(self, name: str) -> Account:
        account = self.get(name)
        if account is None:
            raise InputError(f"no account {name!r}", todo="see `ivr admin users list`")
        return account

    def _keep_one(self, account: Account) -> None:
        others = [a for a in self.all() if a.role is Role.ADMINISTRATOR and not a.disabled and a.name != account.name]
        if account.role is Role.ADMINISTRATOR and not others:
            raise InputError("nobody else could administer accounts then", todo="make somebody else administrator")

    def _set(self, name: str, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(accounts).where(accounts.c.name == name).values(values))


def first_password() -> str:
    """Return a password to begin with: 80 bits, easily read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def used_interval(secret: str, code: str, at: datetime) -> int:
    """Return the half-minute a code belongs to, this one or a neighbour; 0: the code is wrong."""
    import pyotp  # noqa: PLC0415 - only where a second factor is used

    maker = pyotp.TOTP(secret)
    digits = "".join(c for c in code if c.isdigit())
    now = maker.timecode(at)
    for interval in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(maker.generate_otp(interval), digits):
            return interval
    return 0


def _account(row: Any) -> Account:
    return Account(
        row.name, row.shown, Role(row.role), row.source, bool(row.secret), row.locked_until, row.disabled, row.created
    )


def _key(name: str) -> str:
    return name.strip().casefold()


def _check_password(name: str, password: str) -> None:
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise InputError(f"a password needs at least {LEAST_PASSWORD} characters", todo="three or four words do well")
    if (_key(name) and _key(name) in password.casefold()) or len(set(password)) < LEAST_PASSWORD // 3:
        raise InputError("this password is easily guessed", todo="three or four words do well")


def _hasher() -> PasswordHasher:
    """Return what hashes passwords: argon2id as RFC 9106 advises."""
    from argon2 import PasswordHasher  # noqa: PLC0415 - only where somebody signs in

    return PasswordHasher()


def _hashed(password: str) -> str:
    return _hasher().hash(password)


def _outdated(stored: str) -> bool:
    return _hasher().check_needs_rehash(stored)


_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5bm9ib2R5$OeIMUKIqYtG2sAnpWhYiCZN4Z9AGGKG/8C6PKoVpxN8"
"""A hash that no password has, so that unknown names take as long as known ones."""


def _matches(stored: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

    try:
        return _hasher().verify(stored or _NOBODY, password[:MOST_PASSWORD]) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False

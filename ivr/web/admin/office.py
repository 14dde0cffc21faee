"""What the pages work with: the site as it is now, its records, who is signed in, and the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, g, has_request_context, redirect, render_template, url_for

from ivr.records.accounts import Accounts
from ivr.records.shelf import Shelf
from ivr.records.signed_in import SignedInPeople
from ivr.records.trail import note

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from werkzeug.wrappers import Response

    from ivr.assembly import Site
    from ivr.records.accounts import Account
    from ivr.records.database import Database
    from ivr.records.signed_in import SignedIn
    from ivr.settings import Settings

EXTENSION: Final = "ivr-admin"


@dataclass(frozen=True)
class Office:
    """Everything a page needs. Made once an application."""

    current: Callable[[], Site]
    """Returns the site that new calls get."""
    clock: Callable[[], datetime]

    @property
    def site(self) -> Site:
        """The site that new calls get."""
        return self.current()

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return self.site.settings

    @property
    def database(self) -> Database:
        """Its records. Raises RecordsError."""
        return self.site.store.database

    @property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return Accounts(self.database)

    @property
    def people(self) -> SignedInPeople:
        """Who is signed in."""
        return SignedInPeople(self.database, timedelta(minutes=self.settings.admin.session_minutes))

    @property
    def shelf(self) -> Shelf:
        """Its versions of the directory, on one host or several."""
        return Shelf(self.settings, self.database)

    @property
    def versions(self) -> Path:
        """Folder of staged and past versions of the directory."""
        return self.settings.path(self.settings.directory.versions)

    def note(self, action: str, subject: str = "", detail: str = "", who: str = "") -> None:
        """Add to the audit log; `who`: the person signed in unless given. Raises RecordsError."""
        session = person()
        note(self.database, self.clock(), who or (session.account.name if session else ""), action, subject, detail)


def office() -> Office:
    """Return what the pages of this application work with."""
    found: Office = current_app.extensions[EXTENSION]
    return found


def person() -> SignedIn | None:
    """Return the session of this request, or None."""
    found: SignedIn | None = g.get("signed_in") if has_request_context() else None
    return found


def account() -> Account:
    """Return who is signed in; only for views that are not open to everybody."""
    session = person()
    assert session is not None  # noqa: S101 - the guard lets nobody else through
    return session.account


def page(template: str, **context: Any) -> str:
    """Render a page."""
    return render_template(f"admin/{template}", **context)


def done(text: str, endpoint: str, **values: Any) -> Response:
    """Go on to another page (`NAME.view`), which says at its top what was done."""
    session = person()
    if session is not None:
        office().people.say(session.token, text)
    return redirect(url_for(f"admin.{endpoint}", **values), code=303)

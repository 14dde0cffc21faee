"""A browser for the administration pages, as plain as can be: it follows links and fills in forms."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from ivr.records.accounts import Accounts
from ivr.records.roles import Role
from ivr.web.admin.jobs import Job
from ivr.web.admin.worker import do
from ivr.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from ivr.assembly import Site
    from ivr.settings import Settings

PASSWORD = "plum-orbit-lantern-42"
LOCAL = "http://127.0.0.1"


@dataclass
class Browser:
    """A person at a browser."""

    app: Flask
    client: FlaskClient
    name: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, base_url=LOCAL, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, *, form_key: str | None = None, **more: Any) -> Any:
        """Send a form of our own page."""
        key = self.form_key() if form_key is None else form_key
        headers = {"Origin": LOCAL} | more.pop("headers", {})
        return self.client.post(path, data={"form_key": key} | (data or {}), base_url=LOCAL, headers=headers, **more)

    def form_key(self) -> str:
        """Read the key that every form of this session carries."""
        found = re.search(r'name="form_key" value="([0-9a-f]+)"', self.get("/admin/me/").text)
        return found[1] if found else ""

    def sign_in(self, password: str = PASSWORD, **more: str) -> Any:
        """Sign in."""
        return self.post("/admin/sign-in", {"name": self.name, "password": password} | more, form_key="")

    def said(self, response: Any) -> str:
        """Follow a redirect, and read what the page says at its top."""
        assert response.status_code == 303, response.text
        found = re.search(r'role="status">(.*?)</p>', self.get(response.location).text, re.DOTALL)
        return html.unescape(found[1]) if found else ""


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with little effort: these tests sign in a hundred times."""
    monkeypatch.setattr(
        "ivr.records.accounts._hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )


@pytest.fixture
def admin_site(make_site: Callable[..., Site], folder: Path, tmp_path: Path) -> Site:
    """Give the little council's site as it is on one machine, in a folder of its own: no Twilio, no public address."""
    root = tmp_path / "site"
    shutil.copytree(folder, root, ignore=shutil.ignore_patterns("var"))
    made = make_site(checked=False)
    settings = made.settings.model_copy(update={"root": root})
    return replace(made, settings=settings).with_store(made.store)


@pytest.fixture
def work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have long work done before the page answers, in this process."""

    def start(job: Job, settings: Settings, *arguments: str) -> None:
        do(settings, job.name, *arguments)

    monkeypatch.setattr(Job, "start", start)


@pytest.fixture
def make_browser(admin_site: Site) -> Callable[..., Browser]:
    """Give people of any role a browser, signed in; all of them use one server."""
    app = create_app(admin_site)
    accounts = Accounts(admin_site.store.database)

    def make(role: Role | None = Role.ADMINISTRATOR, name: str = "", *, sign_in: bool = True) -> Browser:
        browser = Browser(app, app.test_client(), name or (role.value if role else "nobody"))
        if role is not None:
            accounts.add(browser.name, role, PASSWORD, datetime.now(UTC))
        if role is not None and sign_in:
            assert browser.sign_in().status_code == 303
        return browser

    return make

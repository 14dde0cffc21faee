"""Signing in: nobody comes in who should not, and what was typed is never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from ivr.records.accounts import ATTEMPTS, Accounts, SignInError
from ivr.records.roles import Role
from ivr.records.trail import read_trail
from ivr.web.admin.guard import needed_role

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.assembly import Site

PASSWORD = "plum-orbit-lantern-42"


def test_nobody_sees_anything_before_signing_in(make_browser: Callable[..., Any]) -> None:
    """Every page leads to the sign-in, and from there to where one wanted to go."""
    browser = make_browser(Role.VIEWER, sign_in=False)
    found = browser.get("/admin/me/")
    assert (found.status_code, found.location) == (303, "/admin/sign-in?next=/admin/me/")
    entered = browser.sign_in(next="/admin/me/")
    assert entered.location == "/admin/me/"
    assert "signed in as" in browser.get(entered.location).text


def test_a_wrong_password_says_no_more_than_an_unknown_name(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Neither tells a stranger which accounts there are; both are in the audit log."""
    known, unknown = make_browser(Role.VIEWER, sign_in=False), make_browser(None)
    pages = [browser.sign_in("not this one") for browser in (known, unknown)]
    assert [p.status_code for p in pages] == [401, 401]
    assert pages[0].text.replace("viewer", "") == pages[1].text.replace("nobody", "")
    refused = [(row.action, row.subject) for row in read_trail(admin_site.store.database)]
    assert refused == [("sign-in.refused", "nobody"), ("sign-in.refused", "viewer")]


def test_guessing_is_locked_out(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """After a few wrong passwords not even the right one is taken for a while."""
    browser = make_browser(Role.VIEWER, sign_in=False)
    for _ in range(ATTEMPTS):
        assert browser.sign_in("guess guess guess").status_code == 401
    assert browser.sign_in().status_code == 401
    later = datetime.now(UTC) + timedelta(minutes=2)
    assert Accounts(admin_site.store.database).check("viewer", PASSWORD, "", later).name == "viewer"


def test_a_second_factor_is_asked_for_and_used_once(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Once set up, the password alone does not do, and neither does a code seen over the shoulder."""
    browser = make_browser(Role.EDITOR)
    secret = pyotp.random_base32()
    code = pyotp.TOTP(secret).now()
    assert browser.post("/admin/me/second-factor", {"secret": secret, "code": "000000"}).status_code == 400
    assert "asked for" in browser.said(browser.post("/admin/me/second-factor", {"secret": secret, "code": code}))
    browser.post("/admin/sign-out")
    asked = browser.sign_in()
    assert (asked.status_code, "authenticator" in asked.text) == (401, True)
    now = datetime.now(UTC)
    accounts = Accounts(admin_site.store.database)
    assert accounts.check("editor", PASSWORD, pyotp.TOTP(secret).at(now), now).two_factors
    with pytest.raises(SignInError, match="not right"):
        accounts.check("editor", PASSWORD, pyotp.TOTP(secret).at(now), now)


def test_an_ended_session_loses_no_form(make_browser: Callable[..., Any]) -> None:
    """What was typed travels with the sign-in, is shown again, and is then sent; secrets are not sent back."""
    browser = make_browser()
    key = browser.form_key()
    browser.client.delete_cookie("ivr", domain="127.0.0.1")
    typed = {"name": "Ngozi", "role": "editor", "password": "typed secret"}
    asked = browser.post("/admin/people/add", typed, form_key=key)
    assert asked.status_code == 401
    assert "What you typed is kept" in asked.text
    assert "typed secret" not in asked.text
    kept = '[["name", "Ngozi"], ["role", "editor"]]'
    resumed = browser.sign_in(next="/admin/people/add", kept=kept)
    assert resumed.status_code == 200
    assert 'name="name" value="Ngozi"' in resumed.text
    assert 'action="/admin/people/add"' in resumed.text
    assert "First password of Ngozi" in browser.post("/admin/people/add", {"name": "Ngozi", "role": "editor"}).text


def test_a_form_of_another_session_is_shown_again(make_browser: Callable[..., Any]) -> None:
    """Signed in again in another tab: the form's key is old, and the form comes back to be confirmed."""
    browser = make_browser()
    answer = browser.post("/admin/people/add", {"name": "ngozi"}, form_key="0" * 64)
    assert answer.status_code == 403
    assert 'value="ngozi"' in answer.text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_other_sites_cannot_post(make_browser: Callable[..., Any], headers: dict[str, str]) -> None:
    """A post from another page is refused, whatever cookie the browser adds, and so is one that says so itself."""
    browser = make_browser()
    key = browser.form_key()
    assert browser.post("/admin/people/add", {"name": "x"}, form_key=key, headers=headers).status_code == 403
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert browser.post("/admin/people/add", {"name": "x"}, form_key=key, headers=cross).status_code == 403


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example/", "/admin//evil.example", "/admin/\\x"])
def test_signing_in_leads_to_our_own_pages_only(make_browser: Callable[..., Any], next_: str) -> None:
    """The address to go on to cannot be made to lead elsewhere."""
    browser = make_browser(Role.VIEWER, sign_in=False)
    assert browser.sign_in(next=next_).location == "/admin/"


@pytest.mark.parametrize(
    ("base", "more", "address"),
    [
        ("http://switchboard.example", {}, "127.0.0.1"),
        ("http://127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1"),
        ("http://127.0.0.1", {}, "203.0.113.9"),
        ("http://phone.example.org", {}, "203.0.113.9"),
    ],
)
def test_no_page_over_an_unsafe_connection(
    make_browser: Callable[..., Any], base: str, more: dict[str, str], address: str
) -> None:
    """From another machine without https, not even the sign-in is shown."""
    client = make_browser(None).client
    for path in ("/admin/sign-in", "/admin/"):
        answer = client.get(path, base_url=base, headers=more, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == 403
        assert "password" not in answer.text.replace("because passwords", "")


def test_behind_https_the_cookie_is_held_to_it(make_site: Callable[..., Site]) -> None:
    """At the public address the cookie is secure, for this host alone, and out of reach of scripts."""
    from ivr.web.app import create_app

    site = make_site()
    Accounts(site.store.database).add("ada", Role.VIEWER, PASSWORD, datetime.now(UTC))
    client = create_app(site).test_client()
    base = "https://phone.example.org"
    answer = client.post("/admin/sign-in", base_url=base, data={"name": "Ada", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-ivr=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert client.get("/admin/", base_url=base).status_code == 200


def test_every_page_is_hardened(make_browser: Callable[..., Any]) -> None:
    """No inline script or style, no framing, no sniffing, nothing kept by the browser; not even on an error."""
    browser = make_browser()
    for path in ("/admin/", "/admin/people/", "/admin/nowhere", "/admin/sign-in"):
        answer = browser.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick" not in answer.text


def test_roles_hold_everywhere(make_browser: Callable[..., Any]) -> None:
    """No view that changes anything is left unmarked, and a viewer can post to none but their own account's."""
    browser = make_browser(Role.VIEWER)
    key = browser.form_key()
    own = {"admin.me.password", "admin.me.second_factor", "admin.sign_in.enter", "admin.sign_in.leave"}
    posts = [r for r in browser.app.url_map.iter_rules() if r.endpoint.startswith("admin.") and "POST" in r.methods]
    assert len(posts) > 5
    for rule in posts:
        view = browser.app.view_functions[rule.endpoint]
        if rule.endpoint in own or getattr(view, "ivr_open", False):
            continue
        assert needed_role(view, "POST") is not Role.VIEWER, rule.endpoint
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "x").replace(f"<int:{name}>", "1").replace(f"<path:{name}>", "x")
        assert browser.post(path, form_key=key).status_code == 403, rule.endpoint


def test_people_are_looked_after(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """An administrator adds, changes and shuts out people; the last administrator cannot be lost."""
    browser = make_browser()
    added = browser.post("/admin/people/add", {"name": "Ngozi", "role": "editor", "shown": "Ngozi A."})
    assert "First password of Ngozi A." in added.text
    assert "publisher" in browser.said(browser.post("/admin/people/ngozi/role", {"role": "publisher"}))
    assert "can no longer" in browser.said(browser.post("/admin/people/ngozi/disabled", {"disabled": "yes"}))
    assert Accounts(admin_site.store.database).get("ngozi").disabled
    last = browser.post("/admin/people/administrator/disabled", {"disabled": "yes"})
    assert (last.status_code, "nobody else" in last.text) == (400, True)
    assert browser.post("/admin/people/add", {"name": "Ngozi", "role": "editor"}).status_code == 400
    log = browser.get("/admin/log/").text
    for action in ("account.add", "account.role", "account.disable"):
        assert action in log


def test_hostile_names_are_only_text(make_browser: Callable[..., Any]) -> None:
    """A name made of markup is shown as it was typed, and does nothing."""
    browser = make_browser()
    name = '<script>alert(1)</script>"onload='
    browser.post("/admin/people/add", {"name": name, "role": "viewer"})
    for path in ("/admin/people/", "/admin/log/", "/admin/log/?about=%3Cscript%3E"):
        assert "<script>alert" not in browser.get(path).text

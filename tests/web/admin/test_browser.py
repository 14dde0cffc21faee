"""The whole story in a real browser against a real server, with a call going on; every page checked for access."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PASSWORD = "plum-orbit-lantern-42"
PATIENCE = 400.0
MESSY = """Surname,Forename,Department,Job title,Telephone,Directory
,,Housing,,01632 960100,public
,,Council Tax,,01632 960200,public
,,Waste and Recycling,,01632 960300,public
FEATHERSTONE,Marjorie,Housing,Officer,01632 960123,public
Okonkwo,Chidi,Council Tax,Officer,4711,public
Quigley,Desmond,Waste and Recycling,Officer,01632 960124,internal
Test,User,Housing,,01632 960777,public
Nobody,Norman,Cheese,Officer,0900 123456,public
Reception,Main,Housing,,01632 960140,public
Newcombe,Siobhan,Housing,Officer,01632 960126,public
Hidden,Harriet,Housing,Officer,01632 960125,ex-directory
"""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
"""What a browser needs in a container: no sandbox of its own, and little shared memory."""
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
"""A microphone that beeps, and whose use is granted."""
CUT_OFF = """() => {
  const found = [], width = document.documentElement.clientWidth;
  const told = (element, what) => found.push(what + ": " + element.outerHTML.slice(0, 120));
  const beside = ".hidden, .skip, svg, select, details:not([open]) > :not(summary)";
  if (document.documentElement.scrollWidth > width) { found.push("the page is wider than the window"); }
  for (const element of document.querySelectorAll("body *")) {
    const place = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!place.width || !place.height || style.visibility === "hidden" || element.closest(beside)) { continue; }
    if (!element.closest(".wide") && (place.right > width + 1 || place.left < -1)) { told(element, "outside"); }
    const field = ["INPUT", "TEXTAREA", "AUDIO", "PROGRESS"].includes(element.tagName);
    const hides = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
    const more = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
    if (hides && more && !field) { told(element, "cut off"); }
    if (element.matches(".wide") && element.scrollWidth > element.clientWidth + 1) { told(element, "scrolls"); }
  }
  return found;
}"""
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@dataclass
class Served:
    """A running server."""

    address: str
    site: Path


def _wait_for(ready: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if found := ready():
                return found
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError("waited in vain")


@pytest.fixture(scope="module")
def served(root: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run `ivr serve` on the little council, with one publisher."""
    site = tmp_path_factory.mktemp("served") / "site"
    shutil.copytree(folder, site, ignore=shutil.ignore_patterns("var"))
    hidden = {"TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", "IVR_PUBLIC_URL", "IVR_DATABASE_URL", "IVR_SECRET_KEY"}
    env = {k: v for k, v in os.environ.items() if k not in hidden} | {"IVR_SITE": str(site), "PYTHONPATH": str(root)}
    add = ["admin", "users", "add", "ada", "--role", "administrator", "--password-stdin"]
    quiet = subprocess.DEVNULL
    subprocess.run([sys.executable, "-m", "ivr", *add], env=env, input=PASSWORD, text=True, check=True, stdout=quiet)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "ivr", "serve", "--port", str(port)], env=env, start_new_session=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(lambda: requests.get(f"{address}/healthz", timeout=30).ok)
        yield Served(address, site)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Give a real browser, or skip naming what is missing."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("needs the Debian package chromium")
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS + MICROPHONE)
            trial = browser.new_page()
            trial.goto("data:text/html,<p>It works here.</p>")
            trial.close()
        except sync_api.Error as error:
            pytest.skip(f"chromium does not start here: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


def _page(browser: Any, **more: Any) -> Any:
    context = browser.new_context(viewport={"width": 1100, "height": 900}, **more)
    context.set_default_timeout(PATIENCE * 1000)
    return context.new_page()


def _sign_in(page: Any, served: Served) -> None:
    page.goto(f"{served.address}/admin/directory/")
    page.get_by_label("Name", exact=True).fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Directory", exact=True).wait_for()


def _accessible(page: Any, seen: dict[str, None] | None = None) -> None:
    """No rule of WCAG 2.2 AA that axe can check is broken, and nothing is wider than the window."""
    if seen is not None:
        seen[page.url] = None
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], page.url
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, page.url


def _readable(page: Any, address: str) -> None:
    """Zoomed to 200 %, and with text at twice its size, a page needs no scrolling sideways, and cuts nothing off."""
    for viewport, size in (({"width": 640, "height": 512}, "100%"), ({"width": 1280, "height": 1024}, "200%")):
        page.set_viewport_size(viewport)
        page.goto(address)
        page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
        assert page.evaluate(CUT_OFF) == [], (address, size)


@dataclass
class Caller:
    """Somebody on the telephone, turn by turn."""

    address: str
    call_id: str
    document: ET.Element | None = None

    def dial(self) -> str:
        """Call, and return what is heard."""
        return self._post("/voice", CallStatus="ringing")

    def say(self, words: str) -> str:
        """Answer, and return what is heard and dialled."""
        assert self.document is not None
        action = next(str(verb.get("action")) for verb in self.document.iter("Gather"))
        return self._post(action, SpeechResult=words, Confidence="0.95")

    def _post(self, target: str, **form: str) -> str:
        data = {"CallSid": self.call_id, "From": "+447700900123", "To": "+441632960001", "AccountSid": "AC1"} | form
        answer = requests.post(urljoin(self.address, target), data=data, timeout=30)
        self.document = ET.fromstring(answer.content)  # noqa: S314 - our own server's
        return " ".join(filter(None, self.document.itertext()))


def _says(page: Any, role: str, words: str) -> None:
    """Wait until a part of the page says something."""
    from playwright.sync_api import expect

    part = page.locator("main") if role == "main" else page.get_by_role(role)
    expect(part).to_contain_text(words, timeout=PATIENCE * 1000)


def _follow(page: Any, link: str, address: str) -> None:
    """Follow a link, and wait until the page it leads to is there."""
    page.get_by_role("link", name=link, exact=True).click()
    page.wait_for_url(address)


def test_upload_to_live_and_back_during_a_call(chromium: Any, served: Served) -> None:
    """Send, fix three problems, audit, replay, go live while somebody is on the line, and go back."""
    page = _page(chromium)
    wrong: list[str] = []
    seen: dict[str, None] = {}
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    page.goto(f"{served.address}/admin/")
    _accessible(page, seen)
    _sign_in(page, served)
    _accessible(page, seen)
    early = Caller(served.address, "CA1")
    early.dial()
    page.locator("#file").set_input_files({"name": "staff.csv", "mimeType": "text/csv", "buffer": MESSY.encode()})
    page.locator("#why").fill("joiners of March")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/problems/")
    _accessible(page, seen)
    _fix_three(page)
    _check_again(page)
    _follow(page, "Columns", "**/columns")
    _accessible(page, seen)
    _follow(page, "What changes", "**/versions/*/")
    _follow(page, "joined", "**show=joined")
    _says(page, "main", "Siobhan Newcombe")
    _accessible(page, seen)
    _follow(page, "Can it be recognised?", "**/audit")
    _says(page, "main", "Siobhan Newcombe")
    _accessible(page, seen)
    _follow(page, "Replay", "**/replay")
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("heading", name="What callers said").wait_for()
    page.wait_for_load_state()
    _accessible(page, seen)
    _follow(page, "Go live", "**/live")
    page.locator("#why").fill("agreed")
    _accessible(page, seen)
    page.get_by_role("button", name="Make it live").click()
    _says(page, "status", "is live")
    _accessible(page, seen)
    _wait_for(lambda: _knows(served, "Siobhan Newcombe"))
    assert "Marjorie Featherstone" in early.say("Marjorie Featherstone please")  # the call that was going on goes on
    page.locator("#back-why").fill("too early")
    page.get_by_role("button", name="Go back to").click()
    _says(page, "status", "live again")
    _wait_for(lambda: not _knows(served, "Siobhan Newcombe"))
    for name in (
        "",
        "calls/",
        "gaps/",
        "try/",
        "wording/",
        "wording/prompts/greeting",
        "hours/",
        "people/",
        "log/",
        "me/",
    ):
        page.goto(f"{served.address}/admin/{name}")
        _accessible(page, seen)
    for address in seen:
        _readable(page, address)
    assert wrong == []


def _fix_three(page: Any) -> None:
    """Correct a number, keep a row, accept the rest of a kind."""
    card = page.locator(".cards > li").filter(has_text="premium number").first
    card.get_by_label("Correct value").fill("01632 960128")
    card.get_by_role("button", name="Correct").click()
    _says(page, "status", "has the number")
    page.locator(".cards > li").filter(has_text="test row").first.get_by_role("button", name="Keep it").click()
    _says(page, "status", "is kept")
    page.get_by_role("button", name=re.compile("Accept all")).first.click()
    _says(page, "status", "Accepted")


def _check_again(page: Any) -> None:
    """Have the corrections applied, and wait for the new version."""
    from playwright.sync_api import expect

    link = page.get_by_role("link", name="What changes", exact=True)
    before = link.get_attribute("href")
    page.get_by_role("button", name="Check again").click()
    expect(link).not_to_have_attribute("href", before, timeout=PATIENCE * 1000)
    page.wait_for_load_state()


_CALLS = iter(range(2, 10_000))


def _knows(served: Served, name: str) -> bool:
    """Tell whether a new call can ask for somebody."""
    caller = Caller(served.address, f"CA{next(_CALLS)}")
    caller.dial()
    return name in caller.say(name)


def test_without_scripts_on_a_telephone_by_keyboard(chromium: Any, served: Served) -> None:
    """Without JavaScript, 320 pixels wide, text at twice its size, and by keys alone, the pages still work."""
    page = _page(chromium, java_script_enabled=False)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{served.address}/admin/directory/")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Directory", exact=True).wait_for()
    page.locator("#file").set_input_files({"name": "staff.csv", "mimeType": "text/csv", "buffer": MESSY.encode()})
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile("/directory/[0-9a-f]{20}/"))
    until = time.monotonic() + PATIENCE
    while "/problems/" not in page.url and time.monotonic() < until:
        page.wait_for_timeout(500)
        page.reload()
    pages = {"What changes": "**/versions/*/", "Can it be recognised?": "**/audit", "Replay": "**/replay"}
    for name, address in (pages | {"Go live": "**/live"}).items():
        _follow(page, name, address)
        page.get_by_role("heading", level=1).wait_for()


def test_the_microphone_is_heard(chromium: Any, served: Served) -> None:
    """Spoken into the browser's microphone: recorded, sent, heard at telephone quality, and explained."""
    from playwright.sync_api import expect

    page = _page(chromium, permissions=["microphone"])
    _sign_in(page, served)
    page.goto(f"{served.address}/admin/try/")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:  # the recogniser may still be made ready at the first
        page.get_by_role("button", name="Speak").click()
        seconds = page.locator("#speak-time")
        expect(seconds).to_have_attribute("data-seconds", re.compile("^[1-9]"), timeout=PATIENCE * 1000)
        with page.expect_navigation():
            page.get_by_role("button", name="Stop").click()
        if page.get_by_role("heading", name="What would become of it").count():
            break
    _says(page, "main", "s of sound")

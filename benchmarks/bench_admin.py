"""How long the administration pages take with a large directory and many calls: the slowest of three, cold and warm.

    python benchmarks/bench_admin.py [ENTRIES] [CALLS] [--site FOLDER]

The pages are asked for in this process, through the whole application; a browser adds what the network takes. The
export is the one of `bench_cleanse.py`, checked as an upload is, in a process of its own. With `--site` the site stays
in FOLDER, and a second run measures the pages of what is there. Beside the time it gives that of the processor, which
says what a page would take on a machine with nothing else to do. Exit status 1: a page took a second or more.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "directory")]

from bench_cleanse import write_export  # noqa: E402 - found by the line above

from ivr.assembly import open_site  # noqa: E402
from ivr.directory.uploads import keep_upload, read_upload, uploads  # noqa: E402
from ivr.model import CallRecord, Candidate, Decision, Outcome, Target, TargetKind, TurnRecord  # noqa: E402
from ivr.records.accounts import Accounts  # noqa: E402
from ivr.records.roles import Role  # noqa: E402
from ivr.settings import load_settings  # noqa: E402
from ivr.web.admin.jobs import RUNNING, Job  # noqa: E402
from ivr.web.app import create_app  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from ivr.assembly import Site
    from ivr.directory.uploads import Upload
    from ivr.settings import Settings

LOCAL = "http://127.0.0.1"
MOST = 1.0
"""Seconds that a page may take."""
PASSWORD = "plum-orbit-lantern-42"  # noqa: S105 - a made-up one


def made_calls(number: int, now: datetime) -> Iterator[CallRecord]:
    """Give calls over a year, of one turn each, one in ten not understood."""
    some = (Candidate(Target(TargetKind.ENTRY, "p-1"), "Jane Smith", 0.9),)
    for n in range(number):
        at = now - timedelta(days=365) * (n / number)
        missed = n % 10 == 0
        decision = Decision.REJECT if missed else Decision.ACCEPT
        heard = f"number {n % 997} please"
        turn = TurnRecord(
            turn=1, at=at, expect="call", state="listening", heard=heard, decision=decision, candidates=some
        )
        outcome = Outcome.OPERATOR_FALLBACK if missed else Outcome.TRANSFERRED
        yield CallRecord(call_id=f"CA{n:08}", channel="twilio", started=at, ended=at + timedelta(seconds=50),
                         outcome=outcome, entry_id="p-1", entry_name="Jane Smith", turns=(turn,))  # fmt: skip


def sign_in(client: FlaskClient) -> None:
    """Come in."""
    form = {"name": "ada", "password": PASSWORD}
    assert client.post("/admin/sign-in", data=form, base_url=LOCAL).status_code == 303


def make_site(site: Path) -> None:
    """Make a site with the sample council's grammars and no duty teams, since its people are others."""
    shutil.copytree(ROOT / "grammars", site / "grammars")
    (site / "directory").mkdir(parents=True)
    for table in (ROOT / "directory").glob("*.csv"):
        shutil.copy(table, site / "directory")
    text = (ROOT / "ivr.toml").read_text(encoding="utf-8")
    (site / "ivr.toml").write_text(re.sub(r"(?m)^duty = .*$", "", text), encoding="utf-8")


def fill(settings: Settings, opened: Site, entries: int, calls: int) -> None:
    """Keep the calls, and have a large export checked as the pages do."""
    versions = settings.path(settings.directory.versions)
    began = time.perf_counter()
    added = opened.store.save_calls(made_calls(calls, datetime.now(UTC)))
    print(f"{added:,} calls kept in {time.perf_counter() - began:.0f} s", flush=True)
    export = settings.root / "large.csv"
    write_export(export, entries, 200)
    began = time.perf_counter()
    with export.open("rb") as file:
        upload = keep_upload(versions, "large.csv", file, by="ada", at=datetime.now(UTC).isoformat())
    check(settings, upload.id, f"{entries:,} rows")
    Accounts(opened.store.database).add("ada", Role.ADMINISTRATOR, PASSWORD, datetime.now(UTC))


def check(settings: Settings, upload_id: str, what: str) -> None:
    """Have an export checked in a process of its own, and say how long each step took."""
    job, began, step, last = Job(settings.path(settings.directory.versions), upload_id), time.perf_counter(), "", 0.0
    job.start(settings, "check", upload_id)
    while (status := job.status()).state == RUNNING:
        if status.step != step:
            now = time.perf_counter()
            if step:
                print(f"  {step}: {now - last:.1f} s")
            step, last = status.step, now
        time.sleep(0.05)
    print(f"  {step}: {time.perf_counter() - last:.1f} s")
    print(f"{what} checked in {time.perf_counter() - began:.0f} s: {status.step}", flush=True)


def pages(upload: Upload, calls: int) -> dict[str, str]:
    """Return every page that has something of the directory or of the calls on it."""
    of_upload, of_version = f"/admin/directory/{upload.id}", f"/admin/versions/{upload.version}"
    return {
        "overview": "/admin/", "live": "/admin/today/", "figures": "/admin/figures/",
        "figures, a year": "/admin/figures/?from=2020-01-01",
        "calls behind": "/admin/figures/calls?figure=offered", "directory": "/admin/directory/",
        "problems": f"{of_upload}/problems/", "problems, all": f"{of_upload}/problems/?show=all&severity=info",
        "columns": f"{of_upload}/columns", "what changes": f"{of_version}/", "audit": f"{of_version}/audit",
        "audit, searched": f"{of_version}/audit?about=smith", "replay": f"{of_version}/replay",
        "go live": f"{of_version}/live", "calls": "/admin/calls/",
        "calls by outcome": "/admin/calls/?outcome=operator_fallback",
        "calls, rare outcome": "/admin/calls/?outcome=escalated",
        "calls by name": "/admin/calls/?about=nobody+like+that",
        "calls by words": "/admin/calls/?words=number+41", "calls judged": "/admin/calls/?reviewed=wrong",
        "one call": f"/admin/calls/CA{calls // 2:08}/", "requests": "/admin/requests/", "gaps": "/admin/gaps/",
        "gaps, a year": "/admin/gaps/?days=366", "try it": "/admin/try/", "wording": "/admin/wording/",
        "people": "/admin/people/", "audit log": "/admin/log/", "my account": "/admin/me/",
    }  # fmt: skip


def measure(opened: Site, wanted: dict[str, str]) -> bool:
    """Time every page, and tell whether all stayed under a second."""
    client = create_app(opened).test_client()
    sign_in(client)
    worst = 0.0
    print(f"{'page':<22}{'first':>8}{'slowest of 3 more':>20}{'processor, first':>18}{'then':>8}  kB")
    for name, path in wanted.items():
        times, busy = [], []
        for _ in range(4):
            began, worked = time.perf_counter(), time.process_time()
            answer = client.get(path, base_url=LOCAL)
            times.append(time.perf_counter() - began)
            busy.append(time.process_time() - worked)
            assert answer.status_code == 200, (path, answer.status_code)
        worst = max(worst, *times)
        shown = f"{name:<22}{times[0]:>7.2f}s{max(times[1:]):>19.2f}s{busy[0]:>17.2f}s{max(busy[1:]):>7.2f}s"
        print(shown, f" {len(answer.data) // 1024}", flush=True)
    return worst < MOST


def main() -> int:
    """Make the site where there is none, and time its pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", type=int, nargs="?", default=20_000)
    parser.add_argument("calls", type=int, nargs="?", default=100_000)
    parser.add_argument("--site", type=Path, help="folder to keep it in")
    parser.add_argument("--check", action="store_true", help="check the export again first")
    options = parser.parse_args()
    with ExitStack() as stack:
        site = options.site or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "site"
        made = not site.exists()
        if made:
            make_site(site)
        settings = load_settings(site.resolve(), {})
        opened = open_site(settings)
        stack.callback(opened.store.close)
        if made:
            fill(settings, opened, options.entries, options.calls)
        versions = settings.path(settings.directory.versions)
        upload = uploads(versions)[0]
        if options.check:
            check(settings, upload.id, "the export")
        return 0 if measure(opened, pages(read_upload(versions, upload.id), options.calls)) else 1


if __name__ == "__main__":
    sys.exit(main())

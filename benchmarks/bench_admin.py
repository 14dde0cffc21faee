"""How long the administration pages take with a large directory and many calls: the slowest of three, cold and warm.

    python benchmarks/bench_admin.py [ENTRIES] [CALLS]

The pages are asked for in this process, through the whole application; a browser adds what the network takes. The
export is the one of `bench_cleanse.py`, checked as an upload is, in a process of its own.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "directory")]

from bench_cleanse import write_export  # noqa: E402 - found by the line above

from ivr.assembly import open_site  # noqa: E402
from ivr.directory.uploads import keep_upload, read_upload  # noqa: E402
from ivr.model import CallRecord, Candidate, Decision, Outcome, Target, TargetKind, TurnRecord  # noqa: E402
from ivr.records.accounts import Accounts  # noqa: E402
from ivr.records.roles import Role  # noqa: E402
from ivr.settings import load_settings  # noqa: E402
from ivr.web.admin.jobs import RUNNING, Job  # noqa: E402
from ivr.web.app import create_app  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

LOCAL = "http://127.0.0.1"
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


def main(entries: int, calls: int) -> None:
    """Make the site, and time its pages."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        shutil.copytree(ROOT / "grammars", site / "grammars")
        (site / "directory").mkdir()
        for table in (ROOT / "directory").glob("*.csv"):
            shutil.copy(table, site / "directory")
        text = (ROOT / "ivr.toml").read_text(encoding="utf-8")
        (site / "ivr.toml").write_text(re.sub(r"(?m)^duty = .*$", "", text), encoding="utf-8")
        settings = load_settings(site, {})
        versions = settings.path(settings.directory.versions)
        opened = open_site(settings)
        began = time.perf_counter()
        added = opened.store.save_calls(made_calls(calls, datetime.now(UTC)))
        print(f"{added:,} calls kept in {time.perf_counter() - began:.0f} s")
        export = site / "large.csv"
        write_export(export, entries, 200)
        began = time.perf_counter()
        with export.open("rb") as file:
            upload = keep_upload(versions, "large.csv", file, by="ada", at=datetime.now(UTC).isoformat())
        job = Job(versions, upload.id)
        job.start(settings, "check", upload.id)
        while job.status().state == RUNNING:
            time.sleep(0.2)
        upload = read_upload(versions, upload.id)
        print(f"{entries:,} rows checked in {time.perf_counter() - began:.0f} s: {job.status().step}")
        Accounts(opened.store.database).add("ada", Role.ADMINISTRATOR, PASSWORD, datetime.now(UTC))
        app = create_app(opened)
        client = app.test_client()
        sign_in(client)
        pages = {
            "overview": "/admin/", "directory": "/admin/directory/",
            "problems": f"/admin/directory/{upload.id}/problems/", "columns": f"/admin/directory/{upload.id}/columns",
            "what changes": f"/admin/versions/{upload.version}/", "audit": f"/admin/versions/{upload.version}/audit",
            "audit, searched": f"/admin/versions/{upload.version}/audit?about=smith",
            "go live": f"/admin/versions/{upload.version}/live", "calls": "/admin/calls/",
            "calls by outcome": "/admin/calls/?outcome=operator_fallback",
            "calls by name": "/admin/calls/?about=nobody+like+that",
            "calls by words": "/admin/calls/?words=number+41",
            "one call": f"/admin/calls/CA{calls // 2:08}/", "gaps": "/admin/gaps/", "wording": "/admin/wording/",
            "audit log": "/admin/log/",
        }  # fmt: skip
        print(f"{'page':<20}{'first':>8}{'slowest of 3 more':>20}  kB")
        for name, path in pages.items():
            times = []
            for _ in range(4):
                began = time.perf_counter()
                answer = client.get(path, base_url=LOCAL)
                times.append(time.perf_counter() - began)
                assert answer.status_code == 200, (path, answer.status_code)
            print(f"{name:<20}{times[0]:>7.2f}s{max(times[1:]):>19.2f}s  {len(answer.data) // 1024}")
        opened.store.close()


if __name__ == "__main__":
    main(*(int(a) for a in (sys.argv[1:] + ["20000", "100000"][len(sys.argv) - 1 :])[:2]))

"""Recognition measured on a Dask cluster: the same figures as in one process."""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from ivr.errors import UnavailableError
from ivr.records import cluster as cluster_of_dask
from ivr.records.cluster import listen_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 120.0


@pytest.fixture
def cluster(tmp_path: Path, root: Path) -> Iterator[str]:
    """Run a scheduler and one worker as processes of their own; give the scheduler's address."""
    pytest.importorskip("distributed")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environ = os.environ | {"PYTHONPATH": str(root), "TMPDIR": str(tmp_path)}
    dask = [sys.executable, "-m", "distributed.cli."]
    started = []
    for what, options in (
        ("dask_scheduler", ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]),
        ("dask_worker", [address, "--nworkers", "1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]),
    ):
        command = [*dask[:2], dask[2] + what, *options]
        started.append(
            subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
        )
        if what == "dask_scheduler":
            _wait_for(port)
    yield address
    for process in started:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("no scheduler")


def test_the_figures_are_the_same(cluster: str, root: Path, tmp_path: Path) -> None:
    """`--scheduler` gives what one process gives, in the same order."""
    manifest = tmp_path / "said.csv"
    with manifest.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "expected"])
        writer.writerows([("yes", "yes"), ("yes please", "yes"), ("no", "no"), ("the weather", "")] * 12)
    made = []
    for more in ([], ["--scheduler", cluster]):
        done = subprocess.run(
            [sys.executable, "-m", "ivr", "evaluate", str(manifest), "--grammar", "yes_no", "--workers", "1",
             "--results", str(tmp_path / "out.csv"), "--json", *more],
            env=os.environ | {"IVR_SITE": str(root), "PYTHONPATH": str(root)},
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            made.append([(r["text"], r["heard"], r["decision"], r["matched"]) for r in csv.DictReader(file)])
        assert json.loads(done.stdout)["utterances"] == 48
    assert made[0] == made[1]


def test_a_replay_before_going_live_is_the_same(cluster: str, root: Path, tmp_path: Path) -> None:
    """`ivr directory replay --scheduler` finds what the processes of this machine find: here, a broken golden call."""
    site = tmp_path / "site"
    shutil.copytree(root / "grammars", site / "grammars")
    (site / "directory").mkdir()
    people = ["Surname,Forename,Department,Telephone", ",,Housing,01632 960100", "Okonkwo,Chidi,Housing,01632 960124"]
    (site / "fewer.csv").write_text("\n".join(people), encoding="utf-8")
    people.append("Featherstone,Marjorie,Housing,01632 960123")
    (site / "directory" / "staff.csv").write_text("\n".join(people), encoding="utf-8")
    (site / "ivr.toml").write_text(
        '[site]\noperator = "+441632960000"\nhours = "24/7"\n[admin]\ngolden = "golden.yaml"\n', encoding="utf-8"
    )
    (site / "golden.yaml").write_text(
        "calls:\n- id: marjorie\n  turns: [{says: marjorie featherstone please}, {says: 'yes'}]\n"
        "  expect: {outcome: transferred, entry: Marjorie Featherstone}\n",
        encoding="utf-8",
    )
    environ = os.environ | {"IVR_SITE": str(site), "PYTHONPATH": str(root)}
    ivr = [sys.executable, "-m", "ivr", "directory"]
    subprocess.run([*ivr, "stage", str(site / "fewer.csv")], env=environ, check=True, timeout=PATIENCE)
    made = []
    for more in (["--workers", "1"], ["--scheduler", cluster]):
        done = subprocess.run(
            [*ivr, "replay", "--json", *more],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 1, done.stderr
        made.append(json.loads(done.stdout))
    assert made[0] == made[1]
    assert made[0]["golden_broken"] == ["marjorie"]


def test_no_cluster_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong address is one clear line."""
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster_of_dask, "SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense"):
        with pytest.raises(UnavailableError, match="no Dask scheduler answers"):
            list(listen_on(address, [], lambda: None))  # type: ignore[arg-type, return-value]

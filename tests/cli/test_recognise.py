"""`ivr recognise` and `ivr talk` as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import soundfile

if TYPE_CHECKING:
    from pathlib import Path


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the sample site."""
    command = [sys.executable, "-m", "ivr", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, timeout=100)


def test_a_recording_that_cannot_be_read_does_not_stop_the_others(root: Path, tmp_path: Path) -> None:
    """It is named in one line and in the JSON, silence is told as such, and the exit code is 2."""
    empty, silent = tmp_path / "empty.wav", tmp_path / "silent.wav"
    empty.write_bytes(b"")
    soundfile.write(silent, np.zeros(8000), 8000, subtype="ULAW")
    done = run(root, "recognise", str(empty), str(silent), "--grammar", "safety", "--engine", "sphinx", "--json")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    broken, heard = json.loads(done.stdout)
    assert "is empty" in broken["error"]
    assert (heard["speech"], heard["heard"], heard["decision"], heard["engine"]) == (False, "", "reject", "sphinx")


def test_an_unknown_grammar_is_bad_usage(root: Path) -> None:
    """The message names those there are."""
    done = run(root, "recognise", "x.wav", "--grammar", "weather")
    assert done.returncode == 2
    assert "yes_no" in done.stderr

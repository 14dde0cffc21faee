"""Makes the recordings of the sample calls from `calls/calls.yaml`: what is said, in which voice, over which noise.

    .venv/bin/python audio/make_calls.py

Deterministic up to the versions of the voices. Needs Debian's flite and espeak-ng.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import speak
import yaml

FOLDER = Path(__file__).parent / "calls"


def make(turn: dict[str, object]) -> None:
    """Make the recording of one caller's turn."""
    wav, says = str(turn["wav"]), str(turn.get("says", ""))
    seed = zlib.crc32(wav.encode())
    kind, _, level = str(turn.get("noise", "")).partition(" ")
    noise = (kind, float(level)) if kind else None
    if says:
        sound = speak.pad(speak.speak(says, str(turn.get("voice", "rms"))))
    else:
        sound = np.zeros(int(float(str(turn.get("seconds", 4))) * speak.RATE))
    speak.write(FOLDER / wav, speak.line(sound, seed=seed, extra=noise))


def main() -> None:
    """Make them all."""
    calls = yaml.safe_load((FOLDER / "calls.yaml").read_text(encoding="utf-8"))["calls"]
    turns = [turn for call in calls for turn in call["turns"] if isinstance(turn, dict) and "wav" in turn]
    wanted = {str(turn["wav"]) for turn in turns}
    for stale in FOLDER.glob("*.wav"):
        if stale.name not in wanted:
            stale.unlink()
    for turn in turns:
        make(turn)
    print(f"{len(calls)} calls, {len(turns)} recordings in {FOLDER.name}/")


if __name__ == "__main__":
    main()

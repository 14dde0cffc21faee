"""Recorded prompts: played where they say the right words, spoken otherwise, and checked before they go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ivr.channels.phrases import Recorded, Spoken
from ivr.channels.voiceover import LISTING, Voiceover
from ivr.channels.voiceover_check import check_recordings
from ivr.dialogue.prompts import Segment
from ivr.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def _wav(path: Path, seconds: float = 1.0, volume: float = 0.1, before: float = 0.0) -> None:
    sound = np.sin(np.arange(int(8000 * seconds)) / 8) * volume * 2**0.5
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.clip(np.concatenate([np.zeros(int(8000 * before)), sound]), -1, 1), 8000, "PCM_16")


def _list(folder: Path, *rows: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / LISTING).write_text("file,text\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def test_recordings_and_speech_mix(tmp_path: Path) -> None:
    """Words that are recorded are played, whatever their capitals; the rest of the sentence is spoken."""
    _wav(tmp_path / "connecting.wav")
    _wav(tmp_path / "names/sian.wav")
    _list(tmp_path, "connecting.wav,Putting you through to", "gone.wav,please hold")
    found = Voiceover.load(tmp_path).pieces(
        [
            Segment("putting you through to", "connecting.1.wav"),
            Segment("Siân Price", "names/sian.wav"),
            Segment("Please hold.", "connecting.2.wav"),
        ]
    )
    assert found == (Recorded("connecting.wav"), Recorded("names/sian.wav"), Spoken("Please hold."))


def test_changed_words_are_spoken(tmp_path: Path) -> None:
    """A recording of words that have changed since is not played, though the prompt names its file."""
    _wav(tmp_path / "goodbye.wav")
    _list(tmp_path, "goodbye.wav,Goodbye for now")
    assert Voiceover.load(tmp_path).pieces([Segment("Thank you, goodbye.", "goodbye.wav")]) == (
        Spoken("Thank you, goodbye."),
    )


def test_no_listing_means_nothing_recorded(tmp_path: Path) -> None:
    """A site without recordings speaks everything."""
    assert Voiceover.load(tmp_path / "none").pieces([Segment("Hello", "greeting.wav")]) == (Spoken("Hello"),)


def test_files_outside_are_never_named(tmp_path: Path) -> None:
    """No value of the directory can name a file outside the folder."""
    (tmp_path / "secret.wav").write_bytes(b"x")
    voiceover = Voiceover.load(tmp_path / "prompts")
    for name in ("../secret.wav", str(tmp_path / "secret.wav"), "..\\secret.wav", "a\0.wav"):
        assert voiceover.find(Segment("x", name)) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,words\na.wav,x\n", "no column `file`"),
        ("file,text\n../a.wav,hello\n", "row 2"),
        ("file,text\na.wav,...\n", "has no words"),
        ("file,text\na.wav\n", "has no words"),
    ],
)
def test_broken_listings(tmp_path: Path, text: str, said: str) -> None:
    """A listing that cannot be used says which row and why."""
    (tmp_path / LISTING).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        Voiceover.load(tmp_path)


def test_listing_of_another_encoding(tmp_path: Path) -> None:
    """A listing saved in another encoding says so."""
    (tmp_path / LISTING).write_bytes("file,text\na.wav,Siân\n".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        Voiceover.load(tmp_path)


def test_sound_is_joined_for_streams(tmp_path: Path) -> None:
    """Recordings become one stretch of mu-law, with a short pause after each."""
    _wav(tmp_path / "a.wav", 0.5)
    _wav(tmp_path / "b.wav", 0.25)
    assert len(Voiceover(tmp_path).sound(["a.wav", "b.wav"])) == 4000 + 2000 + 2 * 400
    assert Voiceover(tmp_path).sound([]) == b""


def test_check_names_each_fault(tmp_path: Path) -> None:
    """Missing, unreadable, too short, too quiet, clipped, padded, doubled, unlisted and unused recordings are named."""
    good, words = "A sentence of a second", "a sentence like that one again"
    _wav(tmp_path / "good.wav")
    _wav(tmp_path / "short.wav", 0.1)
    _wav(tmp_path / "quiet.wav", volume=0.005)
    _wav(tmp_path / "loud.wav", volume=5.0)
    _wav(tmp_path / "padded.wav", before=1.0)
    _wav(tmp_path / "slow.wav", seconds=20.0)
    _wav(tmp_path / "stray.wav")
    (tmp_path / "text.wav").write_text("not sound")
    (tmp_path / "text.ogg").write_text("not sound")
    named = ("good", "short", "quiet", "loud", "padded", "slow", "text", "missing")
    _list(
        tmp_path,
        f"good.wav,{good}",
        *(f"{name}.wav,{words} {name}" for name in named[1:]),
        f"text.ogg,{words} ogg",
        f"stray2.wav,{good}",
    )
    findings = check_recordings(tmp_path, [good, *(f"{words} {name}" for name in (*named[1:], "ogg"))])
    kinds = {(f.file, f.kind) for f in findings}
    assert {
        ("short.wav", "length"),
        ("quiet.wav", "level"),
        ("loud.wav", "clipped"),
        ("padded.wav", "silence"),
        ("slow.wav", "pace"),
        ("text.wav", "unreadable"),
        ("text.ogg", "format"),
        ("missing.wav", "missing"),
        ("stray.wav", "unlisted"),
        ("stray2.wav", "double"),
    } <= kinds
    assert not [f for f in findings if f.file == "good.wav"]
    assert [f.kind for f in check_recordings(tmp_path, []) if f.file == "good.wav"] == ["unused"]

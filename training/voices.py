"""Synthetic callers from Debian's speech synthesizers, each a separate program.

Voices built from recorded people (flite) speak any name and tell their own phones and times; formant voices (espeak-ng)
speak in British and Caribbean accents and are aligned afterwards. Voices in `JUDGES` are never used for training.
"""

import random
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from ivr.recognise.phones import is_phone
from training.align import Segments, align, in_dictionary
from training.speech import Samples, Utterance, read_audio, write_audio

FLITE_VOICES = ("slt", "slt", "slt", "awb", "awb", "awb", "kal", "kal16")
ESPEAK_VOICES = ("en-gb", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us", "en-us-nyc", "en-gb")
ESPEAK_VARIANTS = (
    *("", *(f"+m{n}" for n in range(1, 9)), *(f"+f{n}" for n in range(1, 6)), *(f"+klatt{n}" for n in range(2, 7))),
    *("+Alex", "+Alicia", "+Andrea", "+Andy", "+Annie", "+Denis", "+Diogo", "+Gene", "+Henrique", "+Hugo", "+Jacky"),
    *("+Lee", "+Marco", "+Mario", "+Michael", "+Mike", "+Nguyen", "+adam", "+anika", "+antonio", "+aunty", "+belinda"),
    *("+benjamin", "+boris", "+caleb", "+david", "+ed", "+edward", "+grandma", "+grandpa", "+gustave", "+iven"),
    *("+john", "+linda", "+marcelo", "+max", "+michel", "+miguel", "+norbert", "+pablo", "+paul", "+pedro", "+quincy"),
    *("+rob", "+robert", "+sandro", "+shelby", "+steph", "+travis", "+victor", "+zac"),
)
JUDGES = ("flite:rms", "festival:ked_diphone", "espeak:en-gb-scotland")
FLITE_PHONES = {"AX": "AH", "AXR": "ER", "DX": "T", "HV": "HH", "NX": "N", "EL": "L", "EM": "M", "EN": "N"}
PITCHES = {"slt": (125, 270), "awb": (75, 220), "kal": (70, 190), "kal16": (70, 190)}
"""Mean pitch in Hz that a flite voice is spoken at, from a deep voice to a high one."""
OWN_PITCH = 0.25
"""Share of lines that a flite voice speaks at the pitch and with the melody of its builder."""
FRAMES_A_SECOND = 100
LOUDNESS = 0.7


@dataclass(frozen=True)
class Line:
    """One text to be spoken: where to, by whom, and the seed of its variations."""

    path: Path
    voice: str
    text: str
    seed: int


def cast(texts: Iterable[str], folder: Path, seed: int, recorded: float) -> Iterator[Line]:
    """Give each text a voice that can speak it; `recorded` is the share of voices built from recorded people."""
    chance = random.Random(seed)
    for number, text in enumerate(texts):
        if chance.random() < recorded or not in_dictionary(text):
            voice = f"flite:{chance.choice(FLITE_VOICES)}"
        else:
            voice = f"espeak:{chance.choice(ESPEAK_VOICES)}{chance.choice(ESPEAK_VARIANTS)}"
        yield Line(folder / f"{number:06d}.wav", voice, text, seed * 1_000_000 + number)


def speak_all(lines: Iterable[Line], processes: int, *, follow: bool = True) -> Iterator[Utterance]:
    """Speak every line; lines that cannot be spoken are dropped."""
    with Pool(processes) as pool:
        work = partial(speak, follow=follow)
        yield from (spoken for spoken in pool.imap_unordered(work, lines, chunksize=16) if spoken)


def speak(line: Line, *, follow: bool = True) -> Utterance | None:
    """Speak one line into its WAV file and return it with its phones, or None.

    A formant voice that PocketSphinx cannot follow, or is not to (`follow`), has no phones: stage `realign` finds
    them.
    """
    engine, _, voice = line.voice.partition(":")
    chance = random.Random(line.seed)
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "spoken.wav"
        timed = _SPEAKERS[engine](voice, line.text, wav, chance)
        if not wav.exists():
            return None
        samples = read_audio(str(wav))
    samples = loud(samples)
    segments = timed or (follow and align(samples, line.text)) or ()
    write_audio(line.path, samples)
    return Utterance(str(line.path), line.voice, line.text, segments)


def _flite(voice: str, text: str, wav: Path, chance: random.Random) -> Segments | None:
    options = ["--setf", f"duration_stretch={chance.uniform(0.72, 1.35):.2f}"]
    if voice in PITCHES and chance.random() >= OWN_PITCH:
        options += ["--setf", f"int_f0_target_mean={chance.uniform(*PITCHES[voice]):.0f}"]
        options += ["--setf", f"int_f0_target_stddev={chance.uniform(4, 35):.0f}"]
    command = ["flite", "-voice", voice, *options, "-psdur", "-t", _said(text, chance), "-o", str(wav)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    segments, start = [], 0.0
    for item in done.stdout.split():
        name, _, end_text = item.rpartition(":")
        end = float(end_text) * FRAMES_A_SECOND
        phone = FLITE_PHONES.get(name.upper(), name.upper())
        segments.append((phone if is_phone(phone) else "SIL", start, end - start))
        start = end
    return tuple(segments) or None


def _said(text: str, chance: random.Random) -> str:
    """Return `text` as flite should read it: the letter A not as an article, Z mostly in the British way."""
    zed = "zed" if chance.random() < 0.7 else "Z"
    return " ".join({"A": "A.", "Z": zed}.get(word, word) for word in text.split())


def _espeak(voice: str, text: str, wav: Path, chance: random.Random) -> None:
    speed, pitch = str(chance.randint(120, 200)), str(chance.randint(15, 85))
    subprocess.run(["espeak-ng", "-v", voice, "-s", speed, "-p", pitch, "-w", str(wav), text], check=False)


def _festival(voice: str, text: str, wav: Path, _chance: random.Random) -> None:
    command = ["text2wave", "-eval", f"(voice_{voice})", "-o", str(wav)]
    subprocess.run(command, input=text.encode(), capture_output=True, check=False)


_SPEAKERS = {"flite": _flite, "espeak": _espeak, "festival": _festival}


def loud(samples: Samples) -> Samples:
    """Return `samples` scaled to the level that every stage starts from."""
    return (samples * (LOUDNESS / max(float(np.abs(samples).max()), 1e-3))).astype(np.float32)

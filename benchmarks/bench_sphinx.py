"""PocketSphinx on names over a synthetic telephone: right, real-time factor, memory, and what it should not take.

    python benchmarks/bench_sphinx.py [ENTRIES ...]

Needs flite, and espeak-ng for formant voices. Invented names; processor time, so that other load counts less.
"""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from ivr.grammar.pronounce import Pronouncer
from ivr.grammar.tree import Alternatives, Grammar, Maybe, Sentence, Sequence, Slot, SlotValue, Words
from ivr.model import Target, TargetKind
from ivr.recognise.audio import telephone_band
from ivr.recognise.listen import hear
from ivr.recognise.sphinx import SphinxRecogniser

FIRST = (
    *("james", "mary", "john", "sarah", "david", "susan", "paul", "karen", "mark", "helen", "peter", "julie", "emma"),
    *("andrew", "claire", "ahmed", "fatima", "mohammed", "aisha", "raj", "priya", "wei", "kwame", "piotr", "agnieszka"),
    *("sean", "siobhan", "rhys", "megan", "hamish", "isla", "george", "alice", "oliver", "grace", "harry", "chloe"),
    *("daniel", "lucy", "thomas", "amy", "joseph", "anna", "samuel", "ruth", "simon"),
)
BEGIN = (
    *("ash", "beck", "brad", "carl", "den", "elling", "fair", "green", "hart", "hol", "king", "lang", "mar", "nor"),
    *("oak", "pem", "red", "stan", "thorn", "wal", "wed", "whit", "wood"),
)
END = (
    *("bourne", "bridge", "brook", "bury", "by", "combe", "croft", "dale", "den", "field", "ford", "gate", "ham"),
    *("hurst", "ley", "man", "more", "shaw", "son", "ston", "ton", "well", "worth"),
)
FRAMES = ("{}", "{} please", "can i speak to {}", "could you put me through to {} please")
OUTSIDE = (
    "what will the weather be like tomorrow", "play some music in the kitchen", "i have lost my keys again",
    "how do i boil an egg", "the train was late this morning", "tell me a joke about penguins",
    "never mind it does not matter", "is there any football on tonight",
)  # fmt: skip
VOICES = (("flite", "slt"), ("flite", "rms"), ("flite", "awb"), ("espeak-ng", "en-gb"), ("espeak-ng", "en-gb-scotland"))
SPOKEN = 12


def people(count: int) -> list[str]:
    """Return `count` different names; longer lists begin with the shorter ones."""
    chance = random.Random(5)
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"{chance.choice(FIRST)} {chance.choice(BEGIN)}{chance.choice(END)}"] = None
    return list(found)


def grammar(names: list[str]) -> Grammar:
    """Return the grammar of the names in polite frames."""
    before = Alternatives(tuple(Words(tuple(frame.partition(" {}")[0].split())) for frame in FRAMES[2:]))
    sentence = Sequence((Maybe(before), Slot("person"), Maybe(Words(("please",)))))
    values = tuple(SlotValue(name, Target(TargetKind.ENTRY, name)) for name in names)
    return Grammar("directory", (Sentence(sentence),), slots={"person": values})


def spoken(voice: tuple[str, str], text: str, folder: Path) -> np.ndarray:
    """Return text as a caller's telephone brings it: some hiss, 300-3400 Hz, mu-law."""
    program, name = voice
    file = folder / "said.wav"
    options = (
        ["-voice", name, "-t", text, "-o", str(file)] if program == "flite" else ["-v", name, "-w", str(file), text]
    )
    subprocess.run([program, *options], check=True)
    sound, rate = soundfile.read(file, dtype="int16")
    quiet = np.zeros(rate // 3, np.int16)
    padded = np.concatenate([quiet, sound // 2, quiet])
    hiss = np.random.default_rng(len(text)).normal(0, 20, padded.size)
    return telephone_band((padded + hiss).astype(np.int16), rate)


def measure(count: int, inside: list[tuple[str, np.ndarray]], outside: list[np.ndarray], folder: Path) -> None:
    """Print one line for a directory of `count` names."""
    began = time.process_time()
    recogniser = SphinxRecogniser({"directory": grammar(people(count))}, Pronouncer(folder).pronounce)
    recogniser.start("directory")
    built, began = time.process_time() - began, time.process_time()
    right = [hear(recogniser, "directory", sound) for _, sound in inside]
    used = time.process_time() - began
    seconds = sum(sound.size for _, sound in inside) / 8000
    good = [r.hypotheses[0].confidence or 0.0 for (name, _), r in zip(inside, right, strict=True) if name in r.text]
    taken = [hear(recogniser, "directory", sound) for sound in outside]
    bad = [r.hypotheses[0].confidence or 0.0 for r in taken if r.hypotheses]
    print(
        f"{count:>6} entries  right {len(good)}/{len(inside)} ({len(good) / len(inside):.0%})  "
        f"rtf {used / seconds:.3f}  "
        f"built in {built:.2f} s  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB  "
        f"confidence: right, lower tenth {np.percentile(good, 10):.2f}; "
        f"outside, upper tenth {np.percentile(bad, 90):.2f}"
    )


def main() -> None:
    """Measure at each size asked for, default 100, 1,000, 5,000 and 20,000."""
    sizes = [int(size) for size in sys.argv[1:]] or [100, 1000, 5000, 20_000]
    voices = [voice for voice in VOICES if shutil.which(voice[0])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inside = [
            (person, spoken(voice, FRAMES[i % len(FRAMES)].format(person), folder))
            for i, person in enumerate(people(SPOKEN))
            for voice in voices
        ]
        outside = [spoken(voice, text, folder) for text, voice in zip(OUTSIDE, voices * 2, strict=False)]
        print(f"{len(inside)} utterances in the directory, {len(outside)} outside, {len(voices)} voices")
        for size in sizes:
            measure(size, inside, outside, folder)
        recogniser = SphinxRecogniser({"directory": grammar(people(100))}, Pronouncer(folder).pronounce)
        chance = np.random.default_rng(3)
        noises = [
            chance.normal(0, level, 24_000).astype(np.int16) for level in (0, 30, 100, 300, 1000) for _ in range(8)
        ]
        print(f"silence and noise taken for speech: {sum(hear(recogniser, 'directory', n).speech for n in noises)}/40")


if __name__ == "__main__":
    main()

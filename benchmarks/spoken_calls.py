"""Makes spoken turns of callers to a site, with what each means: to fit and to judge how sure recognition is.

    from spoken_calls import FITTING, JUDGING, make_turns

Each turn is heard in a state of the dialogue: at the greeting people, departments, enquiries, commands and words of
danger, drawn from the site's own grammars; people who are not there, and talk of other things; after a question yes,
no and corrections. The voices in `JUDGING` were never met in the telephone model's training, nor in fitting. Seeded:
the same call makes the same audio. Needs Debian's flite, festival and espeak-ng.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot, Words
from ivr.model import Expect, Kind, TargetKind

if TYPE_CHECKING:
    from ivr.assembly import Site
    from ivr.grammar.tree import Expression, Grammar, Sentence

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "audio"))
import speak  # noqa: E402 (the folder of the sample recordings is not a package)

FITTING = ("flite:slt", "flite:awb", "flite:kal16", "espeak:en-gb+Andy", "espeak:en-gb-x-rp+Annie", "espeak:en-gb+m8")
JUDGING = ("flite:rms", "festival:ked_diphone", "flite:rms", "festival:ked_diphone", "espeak:en-gb-scotland")
RECORDED = ("flite", "festival")
"""Synthesizers whose voices are built from recorded people; the other's are formants."""
NOISES = (None, None, None, ("hiss", 20.0), ("street", 15.0), ("babble", 18.0), ("hum", 15.0), ("street", 8.0))
FRAMES = (
    "{}", "{}", "{} please", "can i speak to {} please", "could you put me through to {}", "hello i'd like {}",
    "i want to talk to {} please", "is {} there", "good morning could i have {} please", "{} thank you",
)  # fmt: skip
FIRST_NAMES = (
    "Gareth",
    "Melanie",
    "Rupert",
    "Yvonne",
    "Clive",
    "Tamsin",
    "Desmond",
    "Ingrid",
    "Nigel",
    "Beatrice",
    "Owen",
    "Lorna",
    "Cedric",
    "Phoebe",
)
LAST_NAMES = (
    "Attwater",
    "Brindley",
    "Cottingham",
    "Dunmore",
    "Eastlake",
    "Fothergill",
    "Garside",
    "Hathersage",
    "Ingleby",
    "Jessop",
    "Kettering",
)
ASIDES = tuple(
    """have you seen what the weather is doing
my sister came round on sunday and she stayed for tea
no not you i was talking to the dog
it was on the television last night wasn't it
hang on a minute i just need to find my glasses
we went to the seaside and it rained all week
turn that radio down i'm on the telephone
the kettle's boiling i'll have to go in a minute
three large pizzas and a bottle of lemonade
what time does the next train to brighton leave
i bought it last year and it never worked properly
he said it would be ready by thursday afternoon
they won two nil but the second goal was lucky
is that you margaret i can hardly hear you
you wouldn't believe the price of butter these days""".splitlines()
)
YES = ("yes", "yes", "yes", "yes please", "yeah", "yep", "yes that's right", "that's right", "correct", "yes it is")
NO = ("no", "no", "no", "no thank you", "nope", "no it isn't", "that's wrong", "no sorry", "no that's not right")
MIX = {"person": 40, "department": 18, "enquiry": 14, "command": 7, "safety": 5, "stranger": 9, "aside": 7}
"""Turns of a hundred at the greeting."""


@dataclass(frozen=True)
class Turn:
    """One utterance."""

    file: str
    expect: str
    """Grammar it is heard with."""
    kind: str
    """What sort of thing is said: a key of MIX, or yes, no, correction."""
    means: str
    """`kind:id`; empty: nothing that could be acted on."""
    said: str
    voice: str
    noise: str


def a_sentence(grammar: Grammar, expression: Expression, dice: random.Random) -> str:  # noqa: PLR0911 - one case each
    """Say one sentence of an expression at random."""
    match expression:
        case Words(words):
            return " ".join(words)
        case Sequence(items):
            return " ".join(filter(None, (a_sentence(grammar, item, dice) for item in items)))
        case Alternatives(items):
            return a_sentence(grammar, dice.choice(items), dice)
        case Maybe(item):
            return a_sentence(grammar, item, dice) if dice.random() < 0.25 else ""
        case Repeat(item, least, _):
            return " ".join(a_sentence(grammar, item, dice) for _ in range(max(1, least)))
        case Rule(name):
            return a_sentence(grammar, grammar.rules[name], dice)
        case Slot(name):
            return dice.choice(grammar.slots[name]).text


def _people_elsewhere(dice: random.Random, site: Site, count: int) -> list[str]:
    names = [entry for entry in site.directory.entries if entry.kind is Kind.PERSON and entry.surname]
    known = {entry.name.lower() for entry in names}
    found: list[str] = []
    while len(found) < count:
        one, other = dice.choice(names), dice.choice(names)
        first, last = dice.choice(FIRST_NAMES), dice.choice(LAST_NAMES)
        name = dice.choice((f"{first} {last}", f"{one.forename} {last}", f"{first} {other.surname}"))
        if name.lower() not in known:
            found.append(name)
    return found


def _by_kind(site: Site, kind: TargetKind) -> list[Sentence]:
    sentences = site.grammars["call"].sentences
    found = [s for s in sentences if s.target and s.target.kind is kind]
    each: dict[str, list[Sentence]] = {}
    for sentence in found:
        each.setdefault(str(sentence.target), []).append(sentence)
    return [sentences[i % len(sentences)] for i, sentences in enumerate(each.values())]


def _greetings(site: Site, count: int, dice: random.Random) -> list[tuple[str, str, str]]:
    """Draw turns at the greeting: kind, meaning, words."""
    grammar = site.grammars["call"]
    entries = [e for e in site.directory.entries if e.audience == "everyone" and e.spoken]
    people = [e for e in entries if e.kind is Kind.PERSON]
    offices = [e for e in entries if e.kind is not Kind.PERSON]
    drawn: list[tuple[str, str, str]] = []
    strangers = _people_elsewhere(dice, site, count)
    for kind in dice.choices(list(MIX), list(MIX.values()), k=count):
        if kind in {"person", "department"}:
            entry = dice.choice(people if kind == "person" else offices)
            usual = [way for way in entry.spoken if len(way.split()) > 1 and all(len(w) > 1 for w in way.split())]
            way = dice.choice([entry.spoken[0], entry.spoken[0], *usual[:3]])
            drawn.append((kind, f"entry:{entry.id}", dice.choice(FRAMES).format(way)))
        elif kind == "stranger":
            drawn.append((kind, "", dice.choice(FRAMES).format(strangers.pop())))
        elif kind == "aside":
            drawn.append((kind, "", dice.choice(ASIDES)))
        else:
            sentence = dice.choice(_by_kind(site, TargetKind(kind)))
            drawn.append((kind, str(sentence.target), a_sentence(grammar, sentence.expression, dice)))
    return drawn


def _answers(site: Site, count: int, dice: random.Random) -> list[tuple[str, str, str]]:
    """Draw answers to "Did you say ...?"."""
    people = [e for e in site.directory.entries if e.kind is Kind.PERSON and e.audience == "everyone" and e.spoken]
    drawn: list[tuple[str, str, str]] = []
    for kind in dice.choices(("yes", "no", "correction", "aside"), (45, 30, 15, 10), k=count):
        if kind == "correction":
            entry = dice.choice(people)
            said = dice.choice(("no {}", "no i said {}", "no i want {}", "{}")).format(entry.spoken[0])
            drawn.append((kind, f"entry:{entry.id}", said))
        elif kind == "aside":
            drawn.append((kind, "", dice.choice(ASIDES)))
        else:
            drawn.append((kind, f"command:{kind}", dice.choice(YES if kind == "yes" else NO)))
    return drawn


def make_turns(site: Site, folder: Path, voices: tuple[str, ...], counts: tuple[int, int], seed: int) -> list[Turn]:
    """Make (or read, where made) turns at the greeting and answers, so many of each, with their recordings."""
    manifest = folder / "turns.csv"
    if manifest.exists():
        with manifest.open(encoding="utf-8", newline="") as file:
            return [Turn(**row) for row in csv.DictReader(file)]
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)
    drawn = [(Expect.CALL, *row) for row in _greetings(site, counts[0], dice)]
    drawn += [(Expect.YES_NO, *row) for row in _answers(site, counts[1], dice)]
    turns, jobs = [], []
    for index, (expect, kind, means, said) in enumerate(drawn):
        voice, noise, path = voices[index % len(voices)], dice.choice(NOISES), folder / f"{index:04d}.wav"
        label = f"{noise[0]} {noise[1]:g}" if noise else ""
        turns.append(Turn(path.name, expect.value, kind, means, said, voice, label))
        jobs.append((said, voice, noise, seed * 100_000 + index, path))
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(record, jobs, chunksize=8))
    with manifest.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Turn)])
        writer.writerows(map(astuple, turns))
    return turns


def record(job: tuple[str, str, tuple[str, float] | None, int, Path]) -> None:
    """Make one recording: text, voice, noise, seed, file."""
    text, voice, noise, seed, path = job
    spoken = voiced(text, voice, random.Random(seed))
    speak.write(path, speak.line(speak.pad(spoken), seed=seed, extra=noise))


def voiced(text: str, voice: str, dice: random.Random) -> np.ndarray:
    """Say a text with a synthesizer's voice ("flite:rms") at a speed of its own; mono, 8 kHz, peak 0.5."""
    engine, _, name = voice.partition(":")
    with tempfile.TemporaryDirectory() as folder:
        wav = str(Path(folder) / "said.wav")
        stretch = dice.uniform(0.85, 1.15)
        if engine == "flite":
            command = ["flite", "-voice", name, "--setf", f"duration_stretch={stretch:.2f}", "-t", text, "-o", wav]
        elif engine == "festival":
            command = ["text2wave", "-eval", f"(voice_{name})", "-o", wav]
        else:
            speed = f"{150 / stretch:.0f}"
            command = ["espeak-ng", "-v", name, "-s", speed, "-p", str(dice.randint(30, 70)), "-w", wav, text]
        subprocess.run(command, input=text.encode(), check=True, capture_output=True)
        sound, rate = soundfile.read(wav, dtype="float64")
    line = soxr.resample(sound, rate, speak.RATE) if rate != speak.RATE else sound
    return line * (0.5 / max(float(np.abs(line).max()), 1e-6))

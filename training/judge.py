"""Makes the utterances that models are judged with: voices, speakers, noises and surnames that training never met.

Everything is 8 kHz after mu-law. `items.csv` names each recording, what was said (empty: nothing that should be
taken), its set, voice and noise; `names.txt` and `surnames.txt` are directories to find the names in.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, fields
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from training.align import in_dictionary
from training.recordings import one_word_commands, prompts
from training.speech import Samples, Utterance, read_audio, write_audio
from training.telephone import RATE, mu_law, read_noises, wall
from training.texts import Names, phrases
from training.voices import JUDGES, Line, loud, speak

TEN_COMMANDS = frozenset(["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"])
GAP = 0.08
MARGIN = 0.3
LARGEST_DIRECTORY = 20_000
TUNING_VOICES = ("flite:slt", "flite:awb", "espeak:en-gb-x-rp")
NARROW = 300.0, 3400.0
"""Band in Hz that a narrow line lets through, with a wall on either side."""
NOISE_LEVELS = ("", "", "20", "10")


@dataclass(frozen=True)
class Item:
    """One utterance to judge with."""

    file: str
    expected: str
    """The entry, word, digits or letters to be found; empty: not to be taken."""
    said: str
    kind: str
    """The set: names, strangers, yes_no, sounds, commands, digits, spelled, short."""
    voice: str
    noise: str
    """Signal-to-noise ratio in dB; empty: none added."""


@dataclass(frozen=True)
class Plan:
    """An item before its audio is made: parts are said one after the other."""

    item: Item
    parts: tuple[str, ...]
    seed: int
    spoken_by: str = ""
    """A synthetic voice to speak `said`, instead of parts."""


class Judge:
    """Draws the items: of voices never met in training, or (`tuning`) of those that were."""

    def __init__(self, data: Path, folder: Path, *, tuning: bool = False, share: float = 1.0) -> None:
        self.folder, self.judged = folder, not tuning
        self.data, self._share = data, share
        self._voices = TUNING_VOICES if tuning else JUDGES
        self._chance = random.Random(8 if tuning else 7)
        self._count = 0

    def plans(self) -> Iterator[Plan]:
        """Yield every item's plan."""
        yield from self._names(self._some(240))
        yield from self._real_words()
        if not self.judged:
            return
        yield from self._digits(self._some(120))
        yield from self._spelled(self._some(90))
        yield from self._short()

    def _some(self, count: int) -> int:
        return max(4, round(count * self._share))

    def _plan(self, kind: str, expected: str, said: str, voice: str, *, parts: tuple[str, ...] = ()) -> Plan:
        self._count += 1
        noise = self._chance.choice(NOISE_LEVELS) if not parts else ""
        item = Item(f"{kind}-{self._count:05d}.wav", expected, said, kind, voice, noise)
        return Plan(item, parts, self._count, "" if parts else voice)

    def _names(self, count: int) -> Iterator[Plan]:
        names = Names.read(self.data / "text" / "names")
        people = _several_names(names, self._chance, LARGEST_DIRECTORY + count, judged_first=count * self.judged)
        inside, strangers, others = people[:count], people[count : count + count // 4], people[count + count // 4 :]
        listed = [*phrases("departments"), *inside, *others][:LARGEST_DIRECTORY]
        (self.folder / "names.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")
        for number, person in enumerate(inside):
            entry = self._chance.choice(phrases("departments")) if number % 5 == 0 else person
            said = f"{self._chance.choice(phrases('frames'))} {entry} {self._chance.choice(('', '', 'please'))}".strip()
            yield self._plan("names", entry, said, self._voices[number % len(self._voices)])
        lines = (self.data / "text" / "out_of_scope" / "oos.txt").read_text(encoding="utf-8").splitlines()
        odd = self._chance.sample([line for line in lines if line.replace(" ", "").isalpha()], len(strangers) // 2)
        for number, said in enumerate([*strangers[: len(strangers) // 2], *odd]):
            yield self._plan("strangers", "", said, self._voices[number % len(self._voices)])
        whole = [enquiry for enquiry in phrases("enquiries") if "{" not in enquiry]
        for number, enquiry in enumerate(whole[: self._some(len(whole))]):
            yield self._plan("enquiries", enquiry, enquiry, self._voices[number % len(self._voices)])

    def _real_words(self) -> Iterator[Plan]:
        heard = list(one_word_commands(self.data / "speech", judged=self.judged))
        self._chance.shuffle(heard)
        answers = [r for r in heard if r.text in {"yes", "no"}][: self._some(240)]
        others = [r for r in heard if r.text not in TEN_COMMANDS][: self._some(150)]
        commands = [r for r in heard if r.text in TEN_COMMANDS][: self._some(400)]
        for kind, chosen in (("yes_no", answers), ("commands", commands)):
            for recording in chosen:
                yield self._plan(kind, recording.text, recording.text, recording.voice, parts=(str(recording.path),))
        for recording in others:
            yield self._plan("sounds", "", recording.text, recording.voice, parts=(str(recording.path),))

    def _digits(self, count: int) -> Iterator[Plan]:
        folder = self.data / "speech" / "digits"
        with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        speakers = sorted({row["speaker"] for row in rows})
        for number in range(count):
            speaker = speakers[number % len(speakers)]
            said = self._chance.sample([row for row in rows if row["speaker"] == speaker], 4)
            parts = tuple(str(folder / row["file"]) for row in said)
            digits = "".join(row["expected"] for row in said)
            yield self._plan("digits", digits, digits, f"digits:{speaker}", parts=parts)

    def _spelled(self, count: int) -> Iterator[Plan]:
        letters = {r.text: str(r.path) for r in prompts(self.data / "speech", judged=True) if len(r.text) == 1}
        surnames = Names.read(self.data / "text" / "names").kept_surnames.names
        usable = [name for name in surnames if 3 <= len(name) <= 9 and {*name.upper()} <= letters.keys()]
        (self.folder / "surnames.txt").write_text("\n".join(usable) + "\n", encoding="utf-8")
        for surname in self._chance.sample(usable, count):
            parts = tuple(letters[letter] for letter in surname.upper())
            yield self._plan("spelled", surname, " ".join(surname), "prompts:en_AU", parts=parts)

    def _short(self) -> Iterator[Plan]:
        folder = self.data / "speech" / "commands"
        with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                said = row["said"].lower()
                yield self._plan("short", said, said, "short", parts=(str(folder / row["file"]),))


def _several_names(names: Names, chance: random.Random, count: int, judged_first: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count * 1.1:
        person = names.full(chance, judged=len(found) < judged_first * 2)
        if in_dictionary(person):
            found[person] = None
    return list(found)


_NOISES: list[Samples] = []


def _start(noises: list[Samples]) -> None:
    _NOISES[:] = noises


def _render(job: tuple[Plan, Path, bool]) -> Item | None:
    plan, folder, narrow = job
    chance = random.Random(plan.seed)
    if plan.spoken_by:
        spoken: Utterance | None = speak(
            Line(folder / f"studio-{plan.item.file}", plan.spoken_by, plan.item.said, plan.seed)
        )
        if spoken is None:
            return None
        parts = [read_audio(spoken.path, RATE)]
        Path(spoken.path).unlink(missing_ok=True)
    else:
        parts = [read_audio(path, RATE) for path in plan.parts]
    gap = np.zeros(int(GAP * RATE), np.float32)
    samples = np.concatenate([part for piece in parts for part in (_level(piece), gap)])
    margin = np.zeros(int(MARGIN * RATE), np.float32)
    samples = np.concatenate([margin, samples, margin])
    if plan.item.noise:
        noise = chance.choice(_NOISES)
        start = chance.randrange(len(noise))
        noise = np.take(noise, np.arange(start, start + len(samples)), mode="wrap")
        power = np.sqrt(np.mean(samples**2)) / max(float(np.sqrt(np.mean(noise**2))), 1e-6)
        samples = samples + noise * power * 10 ** (-float(plan.item.noise) / 20)
    if narrow:
        samples = wall(samples.astype(np.float32), *NARROW)
    write_audio(folder / plan.item.file, mu_law(np.clip(samples, -1, 1).astype(np.float32)), RATE)
    return plan.item


def _level(samples: Samples) -> Samples:
    return loud(samples) * np.float32(0.6) if np.abs(samples).max() > 0.02 else samples


def make(judge: Judge, processes: int, *, narrow: bool = False) -> int:
    """Make every item; return how many. `narrow`: down a line of 300-3,400 Hz alone."""
    folder = judge.folder
    folder.mkdir(parents=True, exist_ok=True)
    plans = list(judge.plans())
    with (
        Pool(processes, _start, (read_noises(judge.data / "noise", judged=judge.judged),)) as pool,
        (folder / "items.csv").open("w", encoding="utf-8", newline="") as out,
    ):
        table = csv.writer(out)
        table.writerow([field.name for field in fields(Item)])
        made = [item for item in pool.imap(_render, [(plan, folder, narrow) for plan in plans], chunksize=8) if item]
        table.writerows([getattr(item, field.name) for field in fields(Item)] for item in made)
    return len(made)

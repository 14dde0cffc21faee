"""Hears made-up callers with the product's own ears and keeps what each recogniser gave, to fit and to judge on.

    .venv/bin/python benchmarks/heard_turns.py fit judge [--part 1/2]

Three sorts of turns, each in a set to fit on and one to judge by: all that may be said to the sample site
(`spoken_calls`), people asked for by name in a directory of 1,000 (`asked_names`), many of whom are not there, and
single words of real people in answer to a question (`bench_answers`).
What was heard is kept in `var/bench/heard`, by the model's weights and what it searches, and only what is missing is
heard again, so the work may be cut into parts.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import pickle
import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from asked_names import directory_file
from asked_names import make as make_names
from bench_answers import DATA, judged_speaker, telephone
from spoken_calls import FITTING, JUDGING, Turn, make_turns

from ivr.assembly import open_site
from ivr.grammar.interpret import interpret
from ivr.recognise.audio import read_wav
from ivr.recognise.builtin import Decoding, weights_digest
from ivr.recognise.builtin_ears import RIVALS, BuiltinEars, BuiltinSource, margins
from ivr.recognise.endpoint import RATE, speech_span
from ivr.recognise.sphinx import SphinxRecogniser
from ivr.recognise.vosk import VoskHearing
from ivr.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.assembly import Site
    from ivr.grammar.tree import Grammar
    from ivr.model import Hypothesis
    from ivr.recognise.vosk import Reading

ROOT = Path(__file__).parent.parent
WORK = ROOT / "var" / "bench"
SETS = {"fit": (FITTING, 1, (190, 70), (220, 170, 60)), "judge": (JUDGING, 2, (190, 70), (300, 150, 60))}
"""Voices, seed, turns at the greeting and answers, callers with strangers and people talking of other things."""
ENTRIES = 1_000
ANSWERS = {"yes": 60, "no": 60, "aside": 160, "noise": 30}
"""Real recordings of single words, answers and words that are none, and of nobody speaking."""


@dataclass(frozen=True)
class Heard:
    """One turn as both recognisers heard it."""

    sort: str
    group: str
    said: str
    best: str
    features: np.ndarray
    """Of the best reading, as `margins` gives them."""
    scores: np.ndarray
    """Of each reading, by the first recogniser."""
    behind: np.ndarray
    """Of each reading, by the second: how far behind the best."""
    fit: float
    right: np.ndarray
    """Of each reading, whether it means what was meant."""


class _Listening(BuiltinEars):
    """Keeps what the decoders gave."""

    kept: tuple[tuple[Reading, ...], ...] = ()

    def hypotheses(self, readings: tuple[tuple[Reading, ...], ...]) -> tuple[Hypothesis, ...]:
        self.kept = readings
        return ()


@dataclass(frozen=True)
class Task:
    """One turn to hear."""

    name: str
    path: Path
    ears: Callable[[], BuiltinEars]
    grammar: Grammar
    sort: str
    group: str
    said: str
    means: Callable[[str], bool]


def hear(task: Task, second: SphinxRecogniser) -> Heard | None:
    """Hear a turn with both; None where nothing was heard."""
    ears = task.ears()
    listening = _Listening(ears._graph, ears._rivals, ears._alternatives)  # noqa: SLF001 (the same ears, listened in on)
    samples = read_wav(task.path)
    span = speech_span(samples)
    if span is None:
        return None
    samples = samples[span[0] : span[1]]
    hearing = VoskHearing(listening, samples.size / RATE + 1, quieten=True)
    hearing.feed(samples)
    hearing.finish()
    if not listening.kept or not listening.kept[0]:
        return None
    proposed, rivals = listening.kept
    texts = tuple(dict.fromkeys([*(r.text for r in proposed), *(r.text for r in rivals[:1])]))
    compared = second.compare(samples, texts)
    return Heard(
        task.sort, task.group, task.said, proposed[0].text,
        np.array(margins(proposed[0], rivals)),
        np.array([reading.score for reading in proposed]),
        np.array([compared.scores.get(reading.text, 0.0) for reading in proposed]),
        compared.fit,
        np.array([task.means(reading.text) for reading in proposed]),
    )  # fmt: skip


def tasks(name: str) -> list[Task]:
    """Return the turns of a set, recording those that are not there yet."""
    voices, seed, counts, names = SETS[name]
    settings = load_settings(ROOT)
    sample = open_site(settings)
    turns = make_turns(sample, WORK / "turns" / name, voices, counts, seed)
    said = _source(sample)
    found = [_turn(sample, WORK / "turns" / name, turn, said) for turn in turns]
    folder = WORK / "names"
    site = open_site(settings, export=directory_file(folder, ENTRIES))
    source, grammar = _source(site), site.grammars["directory"]
    ids = {entry.id: entry.name for entry in site.directory.entries}
    found += _answers(sample, name, said)
    ears = partial(source.ears, "directory", frozenset())
    found += [
        Task(f"names/{asked.file}", folder / name / asked.file, ears, grammar, asked.sort, asked.group, asked.said,
             partial(_names, grammar, ids, asked.expected))
        for asked in make_names(folder / name, voices, names, seed)
    ]  # fmt: skip
    return found


def _answers(site: Site, name: str, source: BuiltinSource) -> list[Task]:
    """Return real people's answers to a question, and other words they say: those the model was trained on to fit."""
    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["says"] or row["kind"] == "silence"]
    rows = [row for row in rows if judged_speaker(row["speaker"] or row["file"]) == (name == "judge")]
    random.Random(7).shuffle(rows)
    folder, grammar = WORK / "answers", site.grammars["yes_no"]
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Task] = []
    for sort, most in ANSWERS.items():
        some = [row for row in rows if _sort(row["says"]) == sort][:most]
        for row in some:
            path = folder / Path(row["file"]).name
            if not path.exists():
                soundfile.write(path, telephone(DATA / "wav" / row["file"]), RATE, subtype="ULAW", format="WAV")
            means = f"command:{sort}" if sort in {"yes", "no"} else ""
            meant = [] if means else list(map(str, interpret(grammar, row["says"])))  # "stop" is a command there
            turn = Turn(path.name, "yes_no", sort, means or "".join(meant[:1]), row["says"], "real", "")
            found.append(Task(f"answers/{path.name}", path, partial(source.ears, "yes_no", frozenset()), grammar,
                              sort, "real", row["says"], partial(_means, grammar, turn)))  # fmt: skip
    return found


def _sort(word: str) -> str:
    if not word:
        return "noise"
    return word if word in ANSWERS else "aside"


def _source(site: Site) -> BuiltinSource:
    cache = site.settings.path(site.settings.recognition.cache)
    return BuiltinSource(site.grammars, site.pronouncer.pronounce, cache)


def _turn(site: Site, folder: Path, turn: Turn, source: BuiltinSource) -> Task:
    grammar = site.grammars[turn.expect]
    ears = partial(source.ears, turn.expect, frozenset())
    group = "formant" if turn.voice.startswith("espeak") else "recorded"
    means = partial(_means, grammar, turn)
    return Task(f"turns/{turn.file}", folder / turn.file, ears, grammar, turn.kind, group, turn.said, means)


def _names(grammar: Grammar, ids: dict[str, str], expected: str, text: str) -> bool:
    return bool(expected) and any(ids.get(target.id) == expected for target in interpret(grammar, text))


def _means(grammar: Grammar, turn: Turn, text: str) -> bool:
    """Tell whether a reading means what the caller meant; of words of danger any will do."""
    targets = [str(target) for target in interpret(grammar, text)]
    if turn.kind == "safety":
        return any(target.startswith("safety") for target in targets)
    return turn.means in targets


def heard(name: str, part: int = 1, parts: int = 1) -> dict[str, Heard | None]:
    """Hear what is missing of a part of a set, and return all that was heard of the set so far."""
    code = (file.read_text(encoding="utf-8") for file in sorted((ROOT / "ivr" / "recognise" / "graph").glob("*.py")))
    made_with = "\n".join((weights_digest(), Decoding().text(), RIVALS.text(), *code))
    folder = WORK / "heard" / hashlib.sha256(made_with.encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    known: dict[str, Heard | None] = {}
    for file in sorted(folder.glob(f"{name}-*.pickle")):
        known |= pickle.loads(file.read_bytes())  # noqa: S301 (written below)
    if not parts:
        return known
    wanted = [task for task in tasks(name)[part - 1 :: parts] if task.name not in known]
    settings = load_settings(ROOT)
    second = SphinxRecogniser({}, open_site(settings).pronouncer.pronounce) if wanted else None
    for start in range(0, len(wanted), 40):
        found = {task.name: hear(task, second) for task in wanted[start : start + 40] if second}
        digest = hashlib.sha256("".join(found).encode()).hexdigest()[:12]
        (folder / f"{name}-{digest}.pickle").write_bytes(pickle.dumps(found))
        known |= found
        print(f"{name}: {len(known)} heard", flush=True)
    return known


def main() -> None:
    """Hear the sets named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("sets", nargs="+", choices=list(SETS))
    parser.add_argument("--part", default="1/1", help="which part of how many")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    for name in options.sets:
        heard(name, part, parts)


if __name__ == "__main__":
    main()

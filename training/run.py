"""Runs the stages of training, each from files to files: `python -m training.run STAGE`. See README.md."""

import argparse
import hashlib
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.distributed
import torch.multiprocessing

import training.judge
import training.train
from training import compose, kaldi, recordings, telephone, voices
from training.align import dictionary
from training.examples import Job, write_examples
from training.kaldi_read import read_network
from training.network import TelephoneNet, grown
from training.realign import realigned
from training.sequence import SequenceModel
from training.speech import Utterance, read_audio, read_utterances, write_utterances
from training.texts import Names, training_texts
from training.train import Examples, Schedule, Workers, frame_loss, sequence_loss

SHIPPED = Path("ivr/recognise/telephone_model")
PROCESSES = 2
BABBLE_VOICES = 300
STRINGS = 2000
"""Strings of real digits at scale 1."""
MEASURED = 400
"""Pieces of each set that measure a read network's normalisation."""
NOISES_ALONE = 12
"""One piece of noise alone for so many utterances, and at least one."""
LEAST_WORD_LETTERS = 2


def speak(work: Path, data: Path, options: argparse.Namespace) -> None:
    """Synthesize the callers: `synthetic<seed>.jsonl` and its recordings."""
    folder = work / f"synthetic{options.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    words = sorted(word for word in dictionary() if word.isalpha() and len(word) > LEAST_WORD_LETTERS)
    texts = training_texts(Names.read(data / "text" / "names"), words, options.scale, options.seed)
    lines = voices.cast(texts, folder, options.seed, options.recorded)
    spoken = voices.speak_all(lines, PROCESSES, follow=not options.unaligned)
    print("spoken", write_utterances(work / f"synthetic{options.seed}.jsonl", spoken), "of", len(texts))


def record(work: Path, data: Path, options: argparse.Namespace) -> None:
    """Align the real recordings: `real.jsonl`."""
    folder = work / "real"
    folder.mkdir(parents=True, exist_ok=True)
    speech = data / "speech"
    chosen = [*recordings.one_word_commands(speech, judged=False), *recordings.prompts(speech, judged=False)]
    random.Random(0).shuffle(chosen)
    chosen = chosen[: max(1, round(len(chosen) * options.scale))]
    print("aligned", write_utterances(work / "real.jsonl", recordings.align_all(chosen, folder, PROCESSES)))


def strings(work: Path, _data: Path, options: argparse.Namespace) -> None:
    """Put strings of digits together from the real words: `strings.jsonl`."""
    folder = work / "strings"
    folder.mkdir(parents=True, exist_ok=True)
    words, count = read_utterances(work / "real.jsonl"), round(STRINGS * options.scale)
    print("strings", write_utterances(work / "strings.jsonl", compose.strings(words, count, folder, options.seed)))


def realign(work: Path, _data: Path, options: argparse.Namespace) -> None:
    """Align what PocketSphinx could not, with the network `--start`: `realigned<seed>.jsonl`."""
    net = TelephoneNet()
    net.load_state_dict(torch.load(work / f"{options.start}.pt"))
    pending = (u for u in read_utterances(work / f"synthetic{options.seed}.jsonl") if not u.segments)
    print("aligned", write_utterances(work / f"realigned{options.seed}.jsonl", realigned(net, pending)))


def examples(work: Path, data: Path, options: argparse.Namespace) -> None:
    """Send the utterances of each `--speech` down telephone lines and cut them up: `<name>.*.npy`."""
    noises = telephone.read_noises(data / "noise", judged=False)
    chance = random.Random(options.seed)
    for name in options.speech:
        spoken = [u for u in read_utterances(work / f"{name}.jsonl") if u.segments]
        babble = [read_audio(u.path, telephone.RATE) for u in chance.sample(spoken, min(BABBLE_VOICES, len(spoken)))]
        wanted: list[Utterance | None] = [u for u in spoken for _ in range(copies_of(u, options.copies))]
        wanted += [None] * max(1, len(wanted) // NOISES_ALONE)
        chance.shuffle(wanted)
        drawn = [Job(utterance, chance.randrange(1 << 30)) for utterance in wanted]
        print(name, "pieces", write_examples(drawn, noises, babble, work / name, PROCESSES), flush=True)


def copies_of(utterance: Utterance, copies: int) -> int:
    """Return how often an utterance is heard: callers' single words most, then studio prompts, then the rest."""
    if not utterance.text or utterance.voice.startswith(("flite", "espeak", "strings")):
        return copies
    return copies * (4 if utterance.voice.startswith("word:") else 2)


def resume(work: Path, _data: Path, options: argparse.Namespace) -> None:
    """Make a network of full size to train on from the `final.mdl` of `--weights`: `<name>.pt`."""
    inputs = Examples.read([work / name for name in options.examples]).inputs
    frames = np.concatenate([some[:: max(1, len(some) // MEASURED)] for some in inputs]).astype(np.float32)
    net = grown(read_network(options.weights / "final.mdl", torch.from_numpy(frames)))
    torch.save(net.state_dict(), work / f"{options.name}.pt")


def train(work: Path, _data: Path, options: argparse.Namespace) -> None:
    """Train frame by frame, then, with `--sequence`, on whole sequences: `<name>.pt`."""
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(_train, (work, options, f"file://{folder}/workers"), options.workers)


def _train(rank: int, work: Path, options: argparse.Namespace, meeting: str) -> None:
    workers = Workers(rank, options.workers)
    if workers.count > 1:
        torch.distributed.init_process_group("gloo", meeting, rank=rank, world_size=workers.count)
    found = Examples.read([work / name for name in options.examples])
    torch.manual_seed(options.seed)
    net = TelephoneNet()
    if options.start:
        net.load_state_dict(torch.load(work / f"{options.start}.pt"))
    net.brief = options.brief
    loss = sequence_loss(SequenceModel(found.labels)) if options.sequence else frame_loss
    rate = options.rate or (7e-4 if options.sequence else 2e-3)
    schedule = Schedule(options.minutes, rate, options.seed)
    training.train.train(net, found, loss, schedule, workers, work / f"{options.name}.pt")
    if workers.count > 1:
        torch.distributed.destroy_process_group()


def judge(work: Path, data: Path, options: argparse.Namespace) -> None:
    """Make the utterances to judge with, `judge/`, and those to tune with, `tuning/`; the same on a narrow line."""
    for tuning in (False, True):
        for narrow in (False, True):
            name = ("tuning" if tuning else "judge") + narrow * "_narrow"
            plan = training.judge.Judge(data, work / name, tuning=tuning, share=min(1.0, options.scale))
            print(name, training.judge.make(plan, PROCESSES, narrow=narrow), flush=True)


def export(work: Path, _data: Path, options: argparse.Namespace) -> None:
    """Write the trained network as Kaldi's `final.mdl`, with its hash."""
    net = TelephoneNet()
    net.load_state_dict(torch.load(work / f"{options.start}.pt"))
    options.model.mkdir(parents=True, exist_ok=True)
    for part in ("mfcc.conf", "phone_pairs.csv", "sureness.json", "opinion.json"):
        if not (options.model / part).exists():
            shutil.copyfile(SHIPPED / part, options.model / part)
    path = options.model / "final.mdl"
    kaldi.write_model(net, kaldi.penalties(options.silence, options.unknown), path)
    print(path, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


STAGES: dict[str, Callable[[Path, Path, argparse.Namespace], None]] = {
    "speak": speak,
    "record": record,
    "strings": strings,
    "realign": realign,
    "examples": examples,
    "resume": resume,
    "train": train,
    "judge": judge,
    "export": export,
}


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="folder for everything made here")
    parser.add_argument("--data", type=Path, required=True, help="folder of speech, noise and name lists (README.md)")
    parser.add_argument("--scale", type=float, default=1.0, help="how much speech; 1: 14,000 made lines, all real ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copies", type=int, default=2, help="telephone lines an utterance is sent down")
    parser.add_argument("--recorded", type=float, default=0.65, help="share of voices built from recorded people")
    parser.add_argument("--unaligned", action="store_true", help="leave formant voices to `realign`: faster")
    parser.add_argument("--speech", nargs="+", default=["synthetic1", "real"], help="utterances to make examples of")
    parser.add_argument("--examples", nargs="+", default=["synthetic1", "real"])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--sequence", action="store_true")
    parser.add_argument("--workers", type=int, default=2, help="processes that train together")
    parser.add_argument("--start", default="")
    parser.add_argument("--name", default="frames")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder that the model is written to")
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="folder of the model to resume from")
    parser.add_argument("--brief", action="store_true", help="16-bit floats where layers are computed")
    parser.add_argument("--silence", type=float, default=0.7, help="what a frame of silence costs")
    parser.add_argument("--unknown", type=float, default=2.7, help="what a frame of any speech costs")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    STAGES[options.stage](options.work, options.data, options)


if __name__ == "__main__":
    main()

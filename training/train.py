"""Trains the network: first frame by frame on aligned phones, then on whole phone sequences (lattice-free MMI)."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from training.network import TelephoneNet, classes
from training.sequence import SequenceModel

BATCH = 64
DEVELOPMENT = 400
WATCH_EVERY = 50


@dataclass
class Examples:
    """Pieces of speech with the class of each output; -100 marks outputs that do not count."""

    inputs: list[NDArray[np.float16]]
    labels: NDArray[np.int64]
    places: NDArray[np.int64]
    """For each piece: which of `inputs`, and its row there."""

    @classmethod
    def read(cls, paths: list[Path]) -> "Examples":
        """Read what the `examples` stage wrote."""
        inputs = [np.load(f"{path}.inputs.npy", mmap_mode="r") for path in paths]
        labels = np.concatenate([np.load(f"{path}.labels.npy") for path in paths])
        places = np.concatenate([np.stack([np.full(len(x), i), np.arange(len(x))], 1) for i, x in enumerate(inputs)])
        return cls(inputs, classes(labels), places)

    def batch(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Return inputs and labels of some pieces."""
        chosen = [self.inputs[source][row] for source, row in self.places[rows]]
        return torch.from_numpy(np.stack(chosen).astype(np.float32)), torch.from_numpy(self.labels[rows])

    def split(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return shuffled pieces to train with, and a few to watch progress on."""
        order = np.random.default_rng(0).permutation(len(self.labels))
        return order[DEVELOPMENT:], order[:DEVELOPMENT]


@dataclass
class Schedule:
    """How long and how fast to learn: a short rise, then half a cosine down to a fiftieth."""

    minutes: float
    rate: float
    seed: int = 1
    """Of the order in which the pieces are met."""
    threads: int = 2
    warm_up: int = 50

    def __post_init__(self) -> None:
        self.begun, self.step = time.monotonic(), 0

    def next(self) -> float | None:
        """Return the next step's learning rate, or None when time is up."""
        done = (time.monotonic() - self.begun) / (60 * self.minutes)
        if done >= 1:
            return None
        self.step += 1
        return self.rate * min(1, self.step / self.warm_up) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


Loss = Callable[[TelephoneNet, Tensor, Tensor], Tensor]


def frame_loss(net: TelephoneNet, inputs: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy of both heads, frame by frame."""
    phones, speech = net(inputs)
    counted = labels >= 0
    right = labels[counted]
    both = cross_entropy(phones[counted], right, label_smoothing=0.02)
    return both + 0.3 * cross_entropy(speech[counted], (right > 0).long())


def sequence_loss(model: SequenceModel, frame_weight: float = 0.2) -> Loss:
    """Return the loss of whole phone sequences, steadied by some cross-entropy."""

    def loss(net: TelephoneNet, inputs: Tensor, labels: Tensor) -> Tensor:
        phones, speech = net(inputs)
        counted = labels >= 0
        right = labels[counted]
        frames = cross_entropy(phones[counted], right)
        talking = cross_entropy(speech[counted], (right > 0).long())
        return -model.score(log_softmax(phones, -1), labels) + frame_weight * frames + 0.1 * talking

    return loss


def masked(inputs: Tensor) -> Tensor:
    """Hide up to 150 ms of each piece, so that the network leans on what is around (SpecAugment's time mask)."""
    count, length, _ = inputs.shape
    start = torch.randint(0, length, (count, 1))
    width = torch.randint(0, 16, (count, 1))
    places = torch.arange(length)[None]
    hidden = (places >= start) & (places < start + width)
    return torch.where(hidden[..., None], inputs.mean(dim=1, keepdim=True), inputs)


def train(net: TelephoneNet, examples: Examples, loss: Loss, schedule: Schedule, save: Path) -> None:
    """Train `net` in place until the schedule's time is up; save it every epoch and at the end."""
    torch.set_num_threads(schedule.threads)
    torch.manual_seed(schedule.seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=schedule.rate, weight_decay=1e-3)
    rows, watched = examples.split()
    running = 0.0
    for chosen in _batches(rows, schedule.seed):
        rate = schedule.next()
        if rate is None:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate
        inputs, labels = examples.batch(chosen)
        value = loss(net.train(), masked(inputs), labels)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        running = value.item() if schedule.step == 1 else 0.98 * running + 0.02 * value.item()
        if schedule.step % WATCH_EVERY == 0:
            print(f"step {schedule.step} loss {running:.3f} {_watch(net, examples, watched, loss)}", flush=True)
            torch.save(net.state_dict(), save)
    torch.save(net.state_dict(), save)


def _batches(rows: NDArray[np.int64], seed: int) -> Iterator[NDArray[np.int64]]:
    numbers = np.random.default_rng(seed)
    while True:
        numbers.shuffle(rows)
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            yield np.sort(rows[start : start + BATCH])


@torch.no_grad()
def _watch(net: TelephoneNet, examples: Examples, rows: NDArray[np.int64], loss: Loss) -> str:
    inputs, labels = examples.batch(np.sort(rows))
    value = loss(net.eval(), inputs, labels)
    phones, _ = net(inputs)
    counted = labels >= 0
    best, right = phones[counted].argmax(-1), labels[counted]
    return f"| watched: loss {value:.3f} phones right {((best + 1) // 2 == (right + 1) // 2).float().mean():.3f}"

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

from training.features import wave_coefficients
from training.network import COEFFICIENTS, TelephoneNet, classes
from training.sequence import SequenceModel

BATCH = 64
DEVELOPMENT = 400
WATCH_EVERY = 100
WAVES = 6
"""Cosines over the mel bands that make up a line's colour."""
DEEPEST = 0.3
"""Deviation of the widest one's amplitude, in nepers of power: 0.3 are 1.3 dB."""


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
    warm_up: int = 50

    def __post_init__(self) -> None:
        self.begun, self.step = time.monotonic(), 0

    def done(self) -> float:
        """Return which part of the time is over; from 1 on, all of it."""
        return (time.monotonic() - self.begun) / (60 * self.minutes)

    def next(self) -> float:
        """Count a step and return its learning rate."""
        self.step += 1
        cosine = 0.5 * (1 + math.cos(math.pi * min(1, self.done())))
        return self.rate * min(1, self.step / self.warm_up) * (0.02 + 0.98 * cosine)


@dataclass(frozen=True)
class Workers:
    """Processes that train copies of one network on different pieces and meet to take their mean: no core waits long.

    After McMahan and others, "Communication-Efficient Learning of Deep Networks from Decentralized Data" (2017).
    """

    rank: int = 0
    count: int = 1
    every: int = 10
    """Steps from one meeting to the next."""

    def meet(self, net: TelephoneNet, done: float) -> bool:
        """Make the copies of the network equal; tell whether time is up for any of them."""
        if self.count == 1:
            return done >= 1
        shared = [tensor for tensor in net.state_dict().values() if tensor.is_floating_point()]
        together = torch.cat([torch.tensor([float(done >= 1)]), *(tensor.ravel() for tensor in shared)])
        torch.distributed.all_reduce(together)
        together /= self.count
        at = 1
        for tensor in shared:
            tensor.copy_(together[at : at + tensor.numel()].view_as(tensor))
            at += tensor.numel()
        return bool(together[0] > 0)


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


def varied(inputs: Tensor) -> Tensor:
    """Return pieces as other lines would have coloured them, up to 150 ms of each hidden (SpecAugment's time mask)."""
    return masked(inputs + colours(len(inputs))[:, None])


def colours(count: int) -> Tensor:
    """Return random lines' colours as offsets to MFCC [count, 40]: smooth curves over the mel bands, a few dB deep."""
    waves = torch.randn(count, WAVES) * (DEEPEST / torch.arange(1, WAVES + 1).sqrt())
    offsets = torch.zeros(count, COEFFICIENTS)
    offsets[:, 1 : WAVES + 1] = waves * torch.from_numpy(wave_coefficients(WAVES))
    return offsets


def masked(inputs: Tensor) -> Tensor:
    """Hide up to 150 ms of each piece, so that the network leans on what is around."""
    count, length, _ = inputs.shape
    start = torch.randint(0, length, (count, 1))
    width = torch.randint(0, 16, (count, 1))
    places = torch.arange(length)[None]
    hidden = (places >= start) & (places < start + width)
    return torch.where(hidden[..., None], inputs.mean(dim=1, keepdim=True), inputs)


def train(net: TelephoneNet, examples: Examples, loss: Loss, schedule: Schedule, workers: Workers, save: Path) -> None:
    """Train `net` in place until the schedule's time is up; save it every epoch and at the end."""
    torch.set_num_threads(1)
    seed = schedule.seed * 100 + workers.rank
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=schedule.rate, weight_decay=1e-3)
    rows, watched = examples.split()
    running = 0.0
    for chosen in _batches(rows, seed):
        if schedule.step % workers.every == 0 and workers.meet(net, schedule.done()):
            break
        rate = schedule.next()
        for group in optimizer.param_groups:
            group["lr"] = rate
        inputs, labels = examples.batch(chosen)
        value = loss(net.train(), varied(inputs), labels)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        running = value.item() if schedule.step == 1 else 0.98 * running + 0.02 * value.item()
        if schedule.step % WATCH_EVERY == 0 and workers.rank == 0:
            print(f"step {schedule.step} loss {running:.3f} {_watch(net, examples, watched, loss)}", flush=True)
            torch.save(net.state_dict(), save)
    if workers.rank == 0:
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

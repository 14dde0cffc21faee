"""Lattice-free maximum mutual information in plain PyTorch.

The right answer's score is summed over every alignment of a piece's phone sequence, everything else's over every
sequence of phones under a phone bigram: two forward recursions in log space, and PyTorch differentiates both.
After Povey and others, "Purely sequence-trained neural networks for ASR based on lattice-free MMI" (2016).
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.network import CLASSES

PHONES = 1 + (CLASSES - 1) // 2
"""Silence, then the phones in order; silence has one class, a phone one to enter and one to stay."""
ENTER = torch.tensor([0, *range(1, CLASSES, 2)])
STAY = torch.tensor([0, *range(2, CLASSES, 2)])
IMPOSSIBLE = -1e4


def phone_sequence(labels: NDArray[np.int64]) -> list[int]:
    """Return the phones of one piece in order, silence being 0."""
    sequence: list[int] = []
    for label in labels[labels >= 0]:
        phone = (int(label) + 1) // 2
        if not sequence or phone != sequence[-1] or label % 2 == 1:
            sequence.append(phone)
    return sequence


class SequenceModel:
    """A phone bigram, and the score of right sequences against all sequences."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        follows, begins = np.full((PHONES, PHONES), 0.3), np.ones(PHONES)
        phones = (labels + 1) // 2
        before = np.concatenate([np.full((len(labels), 1), -1), np.where(labels[:, :-1] < 0, -1, phones[:, :-1])], 1)
        starts = (labels >= 0) & ((phones != before) | (labels % 2 == 1))
        pieces, sequences = np.nonzero(starts)[0], phones[starts]
        same = pieces[1:] == pieces[:-1]
        np.add.at(follows, (sequences[:-1][same], sequences[1:][same]), 1)
        np.add.at(begins, sequences[np.concatenate([[True], ~same])[: len(sequences)]], 1)
        self.follows = torch.tensor(np.log(follows / follows.sum(1, keepdims=True)), dtype=torch.float32)
        self.begins = torch.tensor(np.log(begins / begins.sum()), dtype=torch.float32)

    def score(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Return the mean log posterior a frame of the right sequences.

        `scores` are log probabilities [batch, outputs, CLASSES]. Pieces whose first outputs are not labelled (they
        overlap another piece) are left out.
        """
        use = labels[:, 0] >= 0
        scores, labels = scores[use], labels[use]
        lengths = (labels >= 0).sum(1)
        right = self._right(scores, lengths, [phone_sequence(row) for row in labels.numpy()])
        every = self._every(scores, lengths)
        possible = right > IMPOSSIBLE / 2
        return (right - every)[possible].sum() / lengths[possible].sum()

    def _every(self, scores: Tensor, lengths: Tensor) -> Tensor:
        enter, stay = scores[:, :, ENTER], scores[:, :, STAY]
        follows = self.follows.exp()
        paths = self.begins + torch.logaddexp(enter[:, 0], stay[:, 0])
        for at in range(1, scores.shape[1]):
            most = paths.max(1, keepdim=True)[0]
            entered = ((paths - most).exp() @ follows + 1e-30).log() + most + enter[:, at]
            paths = torch.where((at < lengths)[:, None], torch.logaddexp(entered, paths + stay[:, at]), paths)
        return torch.logsumexp(paths, 1)

    def _right(self, scores: Tensor, lengths: Tensor, sequences: list[list[int]]) -> Tensor:
        count, outputs, _ = scores.shape
        longest = max(map(len, sequences))
        phones = torch.tensor([[*s, *[0] * (longest - len(s))] for s in sequences])
        step = torch.cat([torch.zeros(count, 1), self.follows[phones[:, :-1], phones[:, 1:]]], 1)
        enter = torch.gather(scores, 2, ENTER[phones][:, None].expand(count, outputs, longest))
        stay = torch.gather(scores, 2, STAY[phones][:, None].expand(count, outputs, longest))
        first = torch.logaddexp(enter[:, 0, :1], stay[:, 0, :1]) + self.begins[phones[:, :1]]
        nothing = torch.full((count, 1), IMPOSSIBLE)
        paths = torch.cat([first, nothing.expand(count, longest - 1)], 1)
        for at in range(1, outputs):
            entered = torch.cat([nothing, paths[:, :-1]], 1) + step + enter[:, at]
            paths = torch.where((at < lengths)[:, None], torch.logaddexp(entered, paths + stay[:, at]), paths)
        ends = torch.tensor([[len(s) - 1] for s in sequences])
        return paths.gather(1, ends)[:, 0]

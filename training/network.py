"""The acoustic model: a time-delay network over MFCC frames, one output for every three frames.

Two heads share its last layer: one tells the pdfs of the phones and of silence apart, the other speech from
anything else; the second one's log probability becomes the output for `[unk]`.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ivr.recognise.phones import PDF_COUNT

CLASSES = PDF_COUNT - 1
"""Every pdf but that of any speech, in the pdfs' order."""
DILATIONS = (1, 1, 2, 2, 2)
CONTEXT = 1 + 1 + 3 * sum(DILATIONS)
"""Frames of 10 ms that an output sees on either side of its own."""
COEFFICIENTS = 40


class TelephoneNet(nn.Module):
    """Maps [batch, frames, 40] MFCC to logits [batch, outputs, CLASSES] and speech logits [batch, outputs, 2].

    The input carries `CONTEXT` frames on either side: no convolution pads.
    """

    def __init__(self, first: int = 128, width: int = 224, dropout: float = 0.1) -> None:
        super().__init__()
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(size, affine=False) for size in (COEFFICIENTS, first, *[width] * (1 + len(DILATIONS)))
        )
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(COEFFICIENTS, first, 3),
                nn.Conv1d(first, width, 3, stride=3),
                *(nn.Conv1d(width, width, 3, dilation=dilation) for dilation in DILATIONS),
            ]
        )
        self.offsets = (1, 1, *(3 * dilation for dilation in DILATIONS))
        self.dropout = nn.Dropout(dropout)
        self.phones = nn.Linear(width, CLASSES)
        self.speech = nn.Linear(width, 2)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of both heads."""
        hidden = self.norms[0](frames.transpose(1, 2))
        for layer, norm in zip(self.layers, list(self.norms)[1:], strict=True):
            hidden = self.dropout(norm(torch.relu(layer(hidden))))
        hidden = hidden.transpose(1, 2)
        return self.phones(hidden), self.speech(hidden)


def classes(pdfs: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return training classes for pdf labels: the same without the pdf of any speech."""
    return np.where(pdfs > 1, pdfs - 1, pdfs).astype(np.int64)

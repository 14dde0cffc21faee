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
FIRST, WIDTH = 160, 288
"""Units of the first layer, which answers every 10 ms, and of the others, which answer every 30 ms."""
DILATIONS = (1, 1, 2, 2, 2, 1)
CONTEXT = 1 + 1 + 3 * sum(DILATIONS)
"""Frames of 10 ms that an output sees on either side of its own."""
COEFFICIENTS = 40
DROPOUT = 0.1


class TelephoneNet(nn.Module):
    """Maps [batch, frames, 40] MFCC to logits [batch, outputs, CLASSES] and speech logits [batch, outputs, 2].

    The input carries `CONTEXT` frames on either side: no convolution pads.
    """

    def __init__(self, first: int = FIRST, width: int = WIDTH, depth: int = len(DILATIONS)) -> None:
        super().__init__()
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(size, affine=False) for size in (COEFFICIENTS, first, *[width] * (1 + depth))
        )
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(COEFFICIENTS, first, 3),
                nn.Conv1d(first, width, 3, stride=3),
                *(nn.Conv1d(width, width, 3, dilation=dilation) for dilation in DILATIONS[:depth]),
            ]
        )
        self.offsets = (1, 1, *(3 * dilation for dilation in DILATIONS[:depth]))
        self.dropout = nn.Dropout(DROPOUT)
        self.phones = nn.Linear(width, CLASSES)
        self.speech = nn.Linear(width, 2)
        self.brief = False
        """Compute in 16-bit floats (bfloat16), which some processors do several times as fast."""

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of both heads."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.brief):
            hidden = self.norms[0](frames.transpose(1, 2))
            for layer, norm in zip(self.layers, list(self.norms)[1:], strict=True):
                hidden = self.dropout(norm(torch.relu(layer(hidden))))
            hidden = hidden.transpose(1, 2)
            return self.phones(hidden).float(), self.speech(hidden).float()


@torch.no_grad()
def grown(small: TelephoneNet) -> TelephoneNet:
    """Return a network of full size that answers as `small` does, to be trained further.

    New units listen to all others and nobody listens to them yet; new layers hand on what they hear. After Chen and
    others, "Net2Net: Accelerating Learning via Knowledge Transfer" (2016).
    """
    net = TelephoneNet()
    for norm, known in zip(net.norms, small.norms, strict=False):
        norm.running_mean[: len(known.running_mean)] = known.running_mean
        norm.running_var[: len(known.running_var)] = known.running_var
    for layer, known in zip(net.layers, small.layers, strict=False):
        heard, units = known.weight.shape[1], len(known.weight)
        layer.weight[:units, heard:] = 0
        layer.weight[:units, :heard] = known.weight
        layer.bias[:units] = known.bias
    last, units = small.norms[-1], len(small.norms[-1].running_mean)
    for number in range(len(small.layers), len(net.layers)):
        layer, norm = net.layers[number], net.norms[number + 1]
        layer.weight[:units] = 0
        layer.weight[range(units), range(units), 1] = (last.running_var + last.eps).sqrt()
        layer.bias[:units] = last.running_mean
        norm.running_mean[:units], norm.running_var[:units] = last.running_mean, last.running_var
    for head, known in ((net.phones, small.phones), (net.speech, small.speech)):
        head.weight[:, units:] = 0
        head.weight[:, :units] = known.weight
        head.bias.copy_(known.bias)
    return net


def classes(pdfs: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return training classes for pdf labels: the same without the pdf of any speech."""
    return np.where(pdfs > 1, pdfs - 1, pdfs).astype(np.int64)

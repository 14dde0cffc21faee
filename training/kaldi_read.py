"""Reads the acoustic model back from Kaldi's file into the PyTorch network, to train it further.

The file holds no batch normalisation: it was folded into the layer after it. It is measured again on speech and taken
out of the weights, which gives the same network as before, in the form that trains well.
"""

import re
import struct
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.kaldi import Matrix
from training.network import CONTEXT, TelephoneNet

_AFFINE = b"<FixedAffineComponent> <LinearParams> "


def read_affines(path: Path) -> dict[str, tuple[Matrix, Matrix]]:
    """Return the weights and bias of every affine layer by name. Raises ValueError for another sort of file."""
    content = path.read_bytes()
    found: dict[str, tuple[Matrix, Matrix]] = {}
    for match in re.finditer(rb"<ComponentName> (\S+) " + re.escape(_AFFINE), content):
        weights, at = _floats(content, match.end())
        bias, _ = _floats(content, at + len(b"<BiasParams> "))
        found[match[1].decode()] = weights, bias
    if not found:
        raise ValueError(f"{path}: holds no network that this project has written")
    return found


def _floats(content: bytes, at: int) -> tuple[Matrix, int]:
    """Return the matrix or vector at a place, and the place after it."""
    dimensions = {b"FM ": 2, b"FV ": 1}[content[at : at + 3]]
    at += 3
    shape = []
    for _ in range(dimensions):
        shape.append(struct.unpack("<i", content[at + 1 : at + 5])[0])
        at += 5
    count = int(np.prod(shape))
    return np.frombuffer(content, "<f4", count, at).reshape(shape).astype(np.float64), at + 4 * count


def read_network(path: Path, frames: Tensor) -> TelephoneNet:
    """Return the network of a model file; `frames`, MFCC of speech [batch, frames, 40], measure its normalisation."""
    affines = read_affines(path)
    net = TelephoneNet(*_shape(affines)).eval()
    spare = CONTEXT - sum(net.offsets)
    hidden = frames[:, spare : frames.shape[1] - spare].transpose(1, 2)
    with torch.no_grad():
        for number, (conv, norm) in enumerate(zip(net.layers, net.norms, strict=False)):
            _measure(norm, hidden)
            weights, bias = _unfolded(*affines[f"layer{number}.affine"], norm, 3)
            conv.weight.copy_(torch.stack(weights.chunk(3, dim=1), dim=2))
            conv.bias.copy_(bias)
            hidden = torch.relu(conv(norm(hidden)))
        _measure(net.norms[-1], hidden)
        for name, head in (("phones", net.phones), ("speech", net.speech)):
            weights, bias = _unfolded(*affines[f"{name}.affine"], net.norms[-1], 1)
            head.weight.copy_(weights)
            head.bias.copy_(bias)
    return net


def _shape(affines: dict[str, tuple[Matrix, Matrix]]) -> tuple[int, int, int]:
    """Return the units of the first layer and of the others, and how many layers follow the second."""
    layers = [bias for name, (_, bias) in affines.items() if name.startswith("layer")]
    return len(layers[0]), len(layers[1]), len(layers) - 2


def _measure(norm: nn.Module, hidden: Tensor) -> None:
    norm.running_mean.copy_(hidden.mean(dim=(0, 2)))
    norm.running_var.copy_(hidden.var(dim=(0, 2)))


def _unfolded(weights: Matrix, bias: Matrix, norm: nn.Module, times: int) -> tuple[Tensor, Tensor]:
    """Return the weights and bias of a layer that sees its input normalised: what `kaldi` folds, taken apart."""
    mean, deviation = norm.running_mean.double(), (norm.running_var.double() + norm.eps).sqrt()
    folded = torch.tensor(weights)
    return folded * deviation.repeat(times), torch.tensor(bias) + folded @ mean.repeat(times)

"""Writes the acoustic model in Kaldi's binary form, byte for byte as `nnet3-am-copy` would, without Kaldi.

Integers and floats carry a length byte; tokens end in a space; vectors and matrices are `FV` and `FM`. Batch
normalisation is folded into the layer after it, which is exact because no convolution pads.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from ivr.recognise.phones import PDF_COUNT, PHONE_NAMES, SILENCE_PDF, SPEECH_PDF, pdf_tuples
from training.network import CLASSES, COEFFICIENTS, TelephoneNet

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """One nnet3 component and what feeds it."""

    name: str
    kind: str
    """`affine`, `relu` or `softmax`."""
    input: str
    """An nnet3 descriptor."""
    weights: Matrix | None = None
    bias: Matrix | None = None
    size: int = 0


class KaldiWriter:
    """Kaldi's basic types in binary mode."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        out.write(b"\0B")

    def tokens(self, *parts: str | float) -> None:
        """Write tokens, 32-bit integers and floats in turn."""
        for part in parts:
            if isinstance(part, str):
                self._out.write(part.encode() + b" ")
            else:
                self._out.write(b"\4" + struct.pack("<f" if isinstance(part, float) else "<i", part))

    def text(self, text: str) -> None:
        """Write plain text."""
        self._out.write(text.encode())

    def integers(self, values: Iterable[int]) -> None:
        """Write a vector of 32-bit integers."""
        array = np.fromiter(values, dtype="<i4")
        self._out.write(b"\4" + struct.pack("<i", len(array)) + array.tobytes())

    def vector(self, values: Sequence[float] | Matrix) -> None:
        """Write a vector of floats."""
        array = np.asarray(values, dtype="<f4").ravel()
        self.tokens("FV", len(array))
        self._out.write(array.tobytes())

    def matrix(self, values: Matrix) -> None:
        """Write a matrix of floats, row by row."""
        array = np.ascontiguousarray(values, dtype="<f4")
        self.tokens("FM", *array.shape)
        self._out.write(array.tobytes())


def write_transitions(out: KaldiWriter) -> None:
    """Write the transition model: every phone one state that is entered once and may be stayed in."""
    tuples = pdf_tuples()
    out.tokens("<TransitionModel>", "<Topology>")
    out.integers(range(1, len(PHONE_NAMES) + 1))
    out.integers([-1, *[0] * len(PHONE_NAMES)])
    out.tokens(-1, 1, 2)  # entering and staying differ; one topology; two states
    out.tokens(0, 1, 2, 0, 0.5, 1, 0.5)  # state 0: its two pdfs' classes, and two arcs with their probabilities
    out.tokens(-1, -1, 0, "</Topology>", "<Tuples>", len(tuples))
    for phone, enter, stay in tuples:
        out.tokens(phone, 0, enter, stay)
    out.tokens("</Tuples>", "<LogProbs>")
    out.vector([0.0, *[float(np.log(0.5))] * (2 * len(tuples))])
    out.tokens("</LogProbs>", "</TransitionModel>")


def write_network(out: KaldiWriter, layers: list[Layer], priors: Matrix) -> None:
    """Write the layers, the last one being the output. The decoder subtracts log `priors` from each pdf's score."""
    nodes = [f"component-node name={layer.name} component={layer.name} input={layer.input}" for layer in layers]
    output = f"output-node name=output input={layers[-1].name} objective=linear"
    out.tokens("<Nnet3>")
    out.text("\n" + "\n".join([f"input-node name=input dim={COEFFICIENTS}", *nodes, output]) + "\n\n")
    out.tokens("<NumComponents>", len(layers))
    for layer in layers:
        out.tokens("<ComponentName>", layer.name)
        _write_component(out, layer)
    out.tokens("</Nnet3>", "<LeftContext>", 0, "<RightContext>", 0, "<Priors>")
    out.vector(priors)


def _write_component(out: KaldiWriter, layer: Layer) -> None:
    if layer.weights is not None and layer.bias is not None:
        out.tokens("<FixedAffineComponent>", "<LinearParams>")
        out.matrix(layer.weights)
        out.tokens("<BiasParams>")
        out.vector(layer.bias)
        out.tokens("</FixedAffineComponent>")
        return
    kind = {"relu": "RectifiedLinearComponent", "softmax": "LogSoftmaxComponent"}[layer.kind]
    out.tokens(f"<{kind}>", "<Dim>", layer.size, "<ValueAvg>", "FV", 0, "<DerivAvg>", "FV", 0)
    out.tokens("<Count>", 0.0, "<NumDimsSelfRepaired>", 0.0, "<NumDimsProcessed>", 0.0, f"</{kind}>")


def layers_of(net: TelephoneNet) -> list[Layer]:
    """Return the network as nnet3 layers ending in one output a pdf."""
    net = net.eval()
    layers: list[Layer] = []
    before = "input"
    for number, (conv, offset) in enumerate(zip(net.layers, net.offsets, strict=True)):
        taps = np.concatenate([_array(conv.weight)[:, :, tap] for tap in range(3)], axis=1)
        weights, bias = _folded(taps, _array(conv.bias), net.norms[number], 3)
        seen = f"Append(Offset({before}, -{offset}), {before}, Offset({before}, {offset}))"
        layers.append(Layer(f"layer{number}.affine", "affine", seen, weights, bias))
        before = f"layer{number}.relu"
        layers.append(Layer(before, "relu", f"layer{number}.affine", size=len(bias)))
    for name, head in (("phones", net.phones), ("speech", net.speech)):
        weights, bias = _folded(_array(head.weight), _array(head.bias), net.norms[-1], 1)
        layers.append(Layer(f"{name}.affine", "affine", before, weights, bias))
        layers.append(Layer(f"{name}.softmax", "softmax", f"{name}.affine", size=len(bias)))
    join = np.zeros((PDF_COUNT, CLASSES + 2))
    join[SPEECH_PDF, CLASSES + 1] = 1
    for number in range(CLASSES):
        join[number + (number >= SPEECH_PDF), number] = 1
    layers.append(Layer("joined", "affine", "Append(phones.softmax, speech.softmax)", join, np.zeros(PDF_COUNT)))
    return layers


def _array(tensor: torch.Tensor) -> Matrix:
    return np.asarray(tensor.detach().double().numpy())


def _folded(weights: Matrix, bias: Matrix, norm: torch.nn.Module, times: int) -> tuple[Matrix, Matrix]:
    """Fold the normalisation of a layer's input, seen `times` over, into the layer."""
    scale = 1 / np.sqrt(_array(norm.running_var) + norm.eps)
    shift = -_array(norm.running_mean) * scale
    return weights * np.tile(scale, times)[None], bias + weights @ np.tile(shift, times)


def penalties(silence: float, unknown: float) -> Matrix:
    """Return the vector in the place of priors: the decoder subtracts its logarithm from every frame's scores.

    A network trained on sequences needs no priors; silence costs a little, or short words vanish into it, and any
    speech costs more, or it would be taken before words.
    """
    priors = np.ones(PDF_COUNT)
    priors[SILENCE_PDF], priors[SPEECH_PDF] = np.exp(silence), np.exp(unknown)
    return priors


def write_model(net: TelephoneNet, priors: Matrix, path: Path) -> None:
    """Write `final.mdl` as a new file: model folders in a site's cache may share the bytes of the old one."""
    aside = path.with_suffix(".new")
    with aside.open("wb") as file:
        out = KaldiWriter(file)
        write_transitions(out)
        write_network(out, layers_of(net), priors)
    aside.replace(path)

"""G.711: the eight-bit codes of the telephone network, mu-law and A-law, to and from 16-bit samples.

Bit-exact with ITU-T G.711 as the reference implementation in ITU-T G.191 has it. Everything is a table look-up.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ivr.recognise.base import Samples

    Codes = NDArray[np.uint8]

_BIAS = 33
"""Added to mu-law magnitudes (of 14 bits) so that every segment starts at a power of two."""
_FLIP = 0x55
"""A-law inverts every second bit on the line."""


def mulaw_decode(data: bytes) -> Samples:
    """Return the samples of mu-law codes, one a byte."""
    return _mulaw_values()[np.frombuffer(data, dtype=np.uint8)]


def mulaw_encode(samples: Samples) -> bytes:
    """Return the mu-law codes of int16 samples."""
    codes: Codes = _mulaw_codes()[samples.astype(np.int16, copy=False).view(np.uint16)]
    return codes.tobytes()


def alaw_decode(data: bytes) -> Samples:
    """Return the samples of A-law codes, one a byte."""
    return _alaw_values()[np.frombuffer(data, dtype=np.uint8)]


def alaw_encode(samples: Samples) -> bytes:
    """Return the A-law codes of int16 samples."""
    codes: Codes = _alaw_codes()[samples.astype(np.int16, copy=False).view(np.uint16)]
    return codes.tobytes()


def _all_samples() -> NDArray[np.int32]:
    """Return every int16 value in the order of its bit pattern."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.int32)


def _segment(magnitude: NDArray[np.int32], first: int) -> NDArray[np.int32]:
    """Return how many of the doubling limits `first`, 2*`first`, ... each magnitude has reached, 7 at most."""
    limits = first << np.arange(7)
    return np.searchsorted(limits, magnitude, side="right").astype(np.int32)


@cache
def _mulaw_values() -> Samples:
    code = ~np.arange(256, dtype=np.int32)
    magnitude = ((((code & 0x0F) << 1) + _BIAS) << ((code >> 4) & 7)) - _BIAS
    return np.where(code & 0x80, -4 * magnitude, 4 * magnitude).astype(np.int16)


@cache
def _mulaw_codes() -> Codes:
    sample = _all_samples()
    magnitude = np.minimum((np.where(sample < 0, ~sample, sample) >> 2) + _BIAS, 0x1FFF)
    segment = _segment(magnitude, 64)
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)
    codes: Codes = (~np.where(sample < 0, code | 0x80, code) & 0xFF).astype(np.uint8)
    return codes


@cache
def _alaw_values() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ _FLIP
    segment = (code >> 4) & 7
    step = ((code & 0x0F) << 4) + 8
    magnitude = np.where(segment, (step + 0x100) << np.maximum(segment - 1, 0), step)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


@cache
def _alaw_codes() -> Codes:
    sample = _all_samples()
    magnitude = np.where(sample < 0, ~sample, sample) >> 4
    segment = _segment(magnitude, 16)
    code = (segment << 4) | ((magnitude >> np.maximum(segment - 1, 0)) & 0x0F)
    return (np.where(sample < 0, code, code | 0x80) ^ _FLIP).astype(np.uint8)

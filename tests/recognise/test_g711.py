"""G.711 codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from ivr.recognise.g711 import alaw_decode, alaw_encode, mulaw_decode, mulaw_encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ivr.recognise.base import Samples

SAMPLES = st.integers(-32768, 32767)


def slow_mulaw(sample: int) -> int:
    """Search the segments one by one, as the recommendation describes them."""
    magnitude = min(((~sample if sample < 0 else sample) >> 2) + 33, 8191)
    segment = 0
    while magnitude >= 64 << segment:
        segment += 1
    code = 16 * segment + (magnitude >> (segment + 1)) % 16
    return 255 - (code + 128 if sample < 0 else code)


def slow_alaw(sample: int) -> int:
    """Search the segments one by one, as the recommendation describes them."""
    magnitude = (~sample if sample < 0 else sample) >> 4
    segment = 0
    while magnitude >= 16 << segment:
        segment += 1
    mantissa = magnitude if not segment else magnitude >> (segment - 1)
    code = 16 * segment + mantissa % 16
    return (code if sample < 0 else code + 128) ^ 0x55


@given(st.lists(SAMPLES, max_size=50))
def test_encoders_agree_with_the_slow_version(values: list[int]) -> None:
    """Every sample gets the code that the recommendation gives it."""
    samples = np.array(values, dtype=np.int16)
    assert list(mulaw_encode(samples)) == [slow_mulaw(v) for v in values]
    assert list(alaw_encode(samples)) == [slow_alaw(v) for v in values]


@pytest.mark.parametrize(("subtype", "decode"), [("ULAW", mulaw_decode), ("ALAW", alaw_decode)])
def test_decoders_agree_with_another_implementation(
    tmp_path: Path, subtype: str, decode: Callable[[bytes], Samples]
) -> None:
    """Every code decodes as libsndfile decodes it."""
    codes = bytes(range(256))
    (tmp_path / "all.raw").write_bytes(codes)
    theirs, _ = soundfile.read(
        tmp_path / "all.raw", dtype="int16", samplerate=8000, channels=1, subtype=subtype, format="RAW"
    )
    assert decode(codes).tolist() == theirs.tolist()


@pytest.mark.parametrize(
    ("encode", "decode"), [(mulaw_encode, mulaw_decode), (alaw_encode, alaw_decode)], ids=["mulaw", "alaw"]
)
def test_what_was_decoded_encodes_to_the_same_sound(
    encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples]
) -> None:
    """Coding twice loses no more than coding once, and error stays within half a step (about 3 %)."""
    every = np.arange(-32768, 32768).astype(np.int16)
    once = decode(encode(every))
    assert decode(encode(once)).tolist() == once.tolist()
    error = np.abs(once.astype(int) - every)
    assert (error <= np.abs(every.astype(int)) / 32 + 17)[np.abs(every.astype(int)) < 32_000].all()

"""Feeds telephone audio to a decoder that wants another sample rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from ivr.recognise.endpoint import RATE

if TYPE_CHECKING:
    from ivr.recognise.vosk import Decoder


class ResampledDecoder:
    """A decoder at `rate` Hz that takes 8 kHz samples."""

    def __init__(self, decoder: Decoder, rate: int) -> None:
        self._decoder = decoder
        self._stream = None if rate == RATE else soxr.ResampleStream(RATE, rate, 1, dtype="int16", quality="LQ")

    def AcceptWaveform(self, data: bytes) -> int:  # noqa: N802 - libvosk's name
        """Take 16-bit samples; non-zero: the decoder has ended the utterance."""
        return self._decoder.AcceptWaveform(self._resampled(data, last=False))

    def PartialResult(self) -> str:  # noqa: N802
        """Return the text so far, as JSON."""
        return self._decoder.PartialResult()

    def Result(self) -> str:  # noqa: N802
        """Return an ended stretch, as JSON."""
        return self._decoder.Result()

    def FinalResult(self) -> str:  # noqa: N802
        """Return the rest, as JSON."""
        if self._stream is not None:
            self._decoder.AcceptWaveform(self._resampled(b"", last=True))
        return self._decoder.FinalResult()

    def _resampled(self, data: bytes, *, last: bool) -> bytes:
        if self._stream is None:
            return data
        samples = np.frombuffer(data, dtype=np.int16)
        resampled: np.ndarray = self._stream.resample_chunk(samples, last=last)
        return resampled.tobytes()

"""A whole recording, heard: where its speech is, and what was said there."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.recognise.endpoint import RATE, speech_span

if TYPE_CHECKING:
    from ivr.model import Recognition
    from ivr.recognise.base import Recogniser, Samples

_PORTION = RATE // 10


def hear(
    recogniser: Recogniser,
    grammar: str,
    samples: Samples,
    *,
    only: frozenset[str] = frozenset(),
    longest: float = 15.0,
) -> Recognition:
    """Hear one turn of a caller from 8 kHz samples, as a live call would: the speech in it, silence around it left out.

    Speech beyond `longest` seconds is not listened to. Raises RecogniserError for an unknown grammar.
    """
    hearing = recogniser.start(grammar, only=only)  # may compile the grammar on its first use
    began = time.perf_counter()
    span = speech_span(samples)
    first, last = (0, 0) if span is None else (span[0], min(span[1], span[0] + round(longest * RATE)))
    for at in range(first, last, _PORTION):
        hearing.feed(samples[at : min(at + _PORTION, last)])
    heard = hearing.finish()
    heard = replace(heard, audio_seconds=samples.size / RATE, decode_seconds=time.perf_counter() - began)
    if span is None:
        return replace(heard, hypotheses=(), speech=False)
    return later(heard, first / RATE)


def later(recognition: Recognition, seconds: float) -> Recognition:
    """Return the recognition with all word times put off by `seconds`."""
    if not seconds:
        return recognition
    return replace(
        recognition,
        hypotheses=tuple(
            replace(
                hypothesis,
                words=tuple(replace(w, start=w.start + seconds, end=w.end + seconds) for w in hypothesis.words),
            )
            for hypothesis in recognition.hypotheses
        ),
    )

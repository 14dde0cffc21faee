"""Aligns speech with a network of our own, where PocketSphinx cannot follow: mostly formant voices.

The best path through one chain of the text's phones, with silence allowed before, after and between words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ivr.recognise.phones import SILENCE, SILENCE_PDF, enter_pdf, stay_pdf
from training.align import Segments, dictionary, spoken_words
from training.examples import SUBSAMPLING
from training.features import RATE, mfcc
from training.network import CONTEXT, TelephoneNet, classes
from training.speech import Samples, Utterance, read_audio

LEAST_SCORE = -2.8
"""Mean log probability a frame below which a path is no alignment."""
FULL_SCALE = 32767
QUIET_BELOW = 28.0
"""How far under the loudest 30 ms silence lies, in dB."""
LOUD_PENALTY = 6.0
FRAMES_A_SECOND = 100

Scores = NDArray[np.float32]


def chain(text: str) -> list[str]:
    """Return the phones of a text, `SIL` standing where silence is allowed."""
    phones = [SILENCE]
    for word in spoken_words(text):
        phones += [*dictionary()[word][0], SILENCE]
    return phones


def scores_of(net: TelephoneNet, utterance: Utterance) -> Scores:
    """Return the log probability of every class for every output [outputs, classes]."""
    samples = read_audio(utterance.path, RATE) * FULL_SCALE
    frames = mfcc(samples + np.random.default_rng(0).normal(0, 3, len(samples)).astype(np.float32))
    padded = np.concatenate([np.repeat(frames[:1], CONTEXT, 0), frames, np.repeat(frames[-1:], CONTEXT, 0)])
    with torch.no_grad():
        phones, _ = net(torch.from_numpy(padded)[None])
    scores = np.asarray(torch.log_softmax(phones[0], -1).numpy())
    scores[_loud(samples, len(scores)), SILENCE_PDF] -= LOUD_PENALTY
    return scores


def _loud(samples: Samples, count: int) -> NDArray[np.bool_]:
    """Tell for each output whether there is sound: nothing so loud is silence, however strange the voice."""
    length = SUBSAMPLING * RATE // FRAMES_A_SECOND
    padded = np.concatenate([samples, np.zeros(length * (count + 1), np.float32)])[: length * count]
    level = 10 * np.log10(np.mean(padded.reshape(count, length) ** 2, axis=1) + 1e-3)
    return np.asarray(level > level.max() - QUIET_BELOW)


def best_path(scores: Scores, phones: list[str]) -> tuple[list[int], float]:
    """Return for each output the place in `phones` it belongs to, and the mean score a frame."""
    enter = scores[:, classes(np.array([enter_pdf(phone) for phone in phones], np.int16))]
    stay = scores[:, classes(np.array([stay_pdf(phone) for phone in phones], np.int16))]
    optional = np.array([phone == SILENCE for phone in phones])
    places = np.arange(len(phones))
    best = np.full(len(phones), -np.inf)
    best[:2] = enter[0, :2]
    came = np.zeros((len(scores), len(phones)), np.int64)
    for time in range(1, len(scores)):
        before = np.concatenate([[-np.inf], best[:-1]])
        jump = np.concatenate([[-np.inf, -np.inf], np.where(optional[1:-1], best[:-2], -np.inf)])
        arrive = np.maximum(before, jump) + enter[time]
        remain = best + stay[time]
        came[time] = np.where(remain >= arrive, places, np.where(before >= jump, places - 1, places - 2))
        best = np.maximum(remain, arrive)
    at = int(len(phones) - 1 if best[-1] >= best[-2] else len(phones) - 2)
    mean = float(best[at]) / len(scores)
    path = [at]
    for time in range(len(scores) - 1, 0, -1):
        at = int(came[time, at])
        path.append(at)
    return path[::-1], mean


def segments_of(path: list[int], phones: list[str]) -> Segments:
    """Return the phones of a path with start and duration in frames of 10 ms."""
    found: list[tuple[str, float, float]] = []
    begin = 0
    for time in range(1, len(path) + 1):
        if time == len(path) or path[time] != path[begin]:
            found.append((phones[path[begin]], float(SUBSAMPLING * begin), float(SUBSAMPLING * (time - begin))))
            begin = time
    return tuple(found)


def realigned(net: TelephoneNet, utterances: Iterable[Utterance]) -> Iterator[Utterance]:
    """Yield the utterances that have no phones yet, with their phones; those that do not fit are dropped."""
    net = net.eval()
    for utterance in utterances:
        phones = chain(utterance.text)
        scores = scores_of(net, utterance)
        if utterance.segments or len(scores) <= len(phones):
            continue
        path, mean = best_path(scores, phones)
        if mean > LEAST_SCORE:
            yield replace(utterance, segments=segments_of(path, phones))

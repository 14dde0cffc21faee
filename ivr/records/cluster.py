"""Hearing utterances on a Dask cluster: the same code as in processes of this machine, spread over many.

The machines of the cluster have this package installed and see the same files under the same paths.
"""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING

from ivr.errors import RecogniserError, UnavailableError
from ivr.records.evaluate import heard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivr.records.evaluate import Listened, Listener
    from ivr.records.manifest import Utterance

SECONDS = 10.0
"""Time the scheduler has to answer."""
CHUNK = 20
"""Utterances of one task."""

_MADE: dict[str, Listener] = {}
"""The listener made last in this process of the cluster, by its recipe."""


def listen_on(address: str, utterances: Sequence[Utterance], recipe: Callable[[], Listener]) -> Iterator[Listened]:
    """Give what was heard of each utterance, in order, by the cluster whose scheduler is at `address`.

    Raises UnavailableError where there is none, RecogniserError where its processes die, InputError for a recording.
    """
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as error:
        raise UnavailableError("a cluster needs the extra `cluster`; pip install 'ivr[cluster]'") from error
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UnavailableError(f"no Dask scheduler answers at {address}: {error}; start one, or check it") from error
    packed = pickle.dumps(recipe)
    chunks = [utterances[at : at + CHUNK] for at in range(0, len(utterances), CHUNK)]
    with client:
        tasks = client.map(_hear, chunks, recipe=packed, pure=False)
        try:
            for task in tasks:
                yield from task.result()
        except KilledWorker as error:
            raise RecogniserError("a process of the cluster died; try --workers 1 to see which utterance") from error


def _hear(utterances: Sequence[Utterance], recipe: bytes) -> list[Listened]:
    """Hear some utterances. Runs in the cluster."""
    name = hashlib.sha256(recipe).hexdigest()
    if name not in _MADE:
        _MADE.clear()
        _MADE[name] = pickle.loads(recipe)()  # noqa: S301 - the cluster runs code of ours in any case
    return [heard(_MADE[name], utterance) for utterance in utterances]

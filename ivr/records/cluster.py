"""Work spread over a Dask cluster: the same code as in processes of this machine, on many.

The machines of the cluster have this package installed and see the same files under the same paths.
"""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING, Any, TypeVar

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

_MADE: dict[str, Any] = {}
"""What was made last in this process of the cluster, by its recipe."""
_Made = TypeVar("_Made")
_Part = TypeVar("_Part")
_Done = TypeVar("_Done")


def listen_on(address: str, utterances: Sequence[Utterance], recipe: Callable[[], Listener]) -> Iterator[Listened]:
    """Give what was heard of each utterance, in order, by the cluster whose scheduler is at `address`.

    Raises UnavailableError where there is none, RecogniserError where its processes die, InputError for a recording.
    """
    chunks = [utterances[at : at + CHUNK] for at in range(0, len(utterances), CHUNK)]
    for heard_of in work_on(address, _hear, chunks, recipe):
        yield from heard_of


def work_on(
    address: str, work: Callable[[_Made, _Part], _Done], parts: Sequence[_Part], recipe: Callable[[], _Made]
) -> Iterator[_Done]:
    """Give what `work` makes of each part, in order, done by the cluster whose scheduler is at `address`.

    Each process of the cluster makes once what `recipe` gives, and works with it. Stopping early calls the rest off.
    Raises UnavailableError where there is no scheduler, RecogniserError where its processes die, and what `work` does.
    """
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as error:
        raise UnavailableError("a cluster needs the extra `cluster`; pip install 'ivr[cluster]'") from error
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UnavailableError(f"no Dask scheduler answers at {address}: {error}; start one, or check it") from error
    packed = pickle.dumps((recipe, work))
    with client:
        tasks = client.map(_do, parts, packed=packed, pure=False)
        try:
            for task in tasks:
                yield task.result()
        except KilledWorker as error:
            raise RecogniserError("a process of the cluster died; try --workers 1 to see which utterance") from error
        finally:
            client.cancel(tasks)  # type: ignore[no-untyped-call]


def _do(part: Any, packed: bytes) -> Any:
    """Do one part of the work. Runs in the cluster."""
    recipe, work = pickle.loads(packed)  # noqa: S301 - the cluster runs code of ours in any case
    name = hashlib.sha256(packed).hexdigest()
    if name not in _MADE:
        _MADE.clear()
        _MADE[name] = recipe()
    return work(_MADE[name], part)


def _hear(listener: Listener, utterances: Sequence[Utterance]) -> list[Listened]:
    """Hear some utterances. Runs in the cluster."""
    return [heard(listener, utterance) for utterance in utterances]

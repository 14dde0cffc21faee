"""Many small pieces of work on all cores: in processes forked from this one, which share what it holds as it is."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

_FEW: Final = 2000
"""Pieces that are not worth a process."""
_TOGETHER: Final = 200
_HELD: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []


@dataclass(frozen=True, slots=True)
class Cores:
    """Does work on `workers` processes (0: one a core); `progress` is told how much is done, of how much."""

    progress: Callable[[int, int], None] = lambda _done, _total: None
    workers: int = 0

    def __call__(self, work: Callable[[_Item], _Made], items: Sequence[_Item]) -> list[_Made]:
        """Return what `work` makes of each item, in order. Raises what it raises, and what `progress` does."""
        workers = self.workers or len(os.sched_getaffinity(0))
        if len(items) < _FEW:
            return [work(item) for item in items]
        spans = [(at, min(at + _TOGETHER, len(items))) for at in range(0, len(items), _TOGETHER)]
        found: list[list[_Made]] = [[] for _ in spans]
        _HELD[:] = [(work, items)]
        try:
            with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
                waiting = {pool.submit(_do, span): n for n, span in enumerate(spans)}
                try:
                    for done, ended in enumerate(as_completed(waiting), start=1):
                        found[waiting[ended]] = ended.result()
                        self.progress(min(done * _TOGETHER, len(items)), len(items))
                finally:
                    pool.shutdown(wait=False, cancel_futures=True)
        finally:
            _HELD.clear()
        return [one for some in found for one in some]


def _do(span: tuple[int, int]) -> list[Any]:
    work, items = _HELD[0]
    return [work(item) for item in items[slice(*span)]]

"""Golden calls and what callers said, played against a version that is not live yet, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ivr.assembly import open_site
from ivr.channels.recording import play_call
from ivr.channels.script import load_calls
from ivr.directory.difference import difference
from ivr.directory.reports import write_report
from ivr.directory.versions import active_version
from ivr.errors import IvrError, RecogniserError, UnavailableError
from ivr.model import Expect, TargetKind
from ivr.recognise.typed import recognise_typed
from ivr.records.database import Database
from ivr.records.replay import Compared, Golden, compare, read_said, report, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivr.assembly import Site
    from ivr.channels.script import CallScript
    from ivr.recognise.base import Recogniser
    from ivr.records.replay import Said
    from ivr.settings import Settings

MOST_SAID: Final = 5000
"""Utterances replayed, the latest of them."""
_TOGETHER: Final = 50


@dataclass(frozen=True)
class _Both:
    """The site as it is and as it would be, held by each process."""

    live: Site
    staged: Site
    now_called: dict[str, str]
    ears: dict[str, Recogniser | None]


_HELD: list[_Both] = []


def replay(
    settings: Settings,
    version: str,
    *,
    workers: int = 0,
    listen: bool = True,
    progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None,
) -> dict[str, Any]:
    """Compare a version with the live one, and keep the report.

    `workers`: processes (0: one a core). `listen=False`: recordings are taken as their words. `progress` is told the
    step, how much of it is done and of how much; what it raises ends the replay. Raises IvrError.
    """
    folder = settings.path(settings.directory.versions)
    progress("Opening the live directory", 0, 0)
    live = open_site(settings)
    progress("Opening the new directory", 0, 0)
    staged = open_site(settings, version=version)
    scripts, said = _scripts(settings), _said(settings)
    _HELD[:] = [_Both(live, staged, _renamed(live, staged), {"ears": None} if not listen else {})]
    parts = [said[at : at + _TOGETHER] for at in range(0, len(said), _TOGETHER)]
    jobs: list[tuple[Callable[..., object], object, int]] = [(_golden, script, 1) for script in scripts]
    jobs += [(_understood, part, len(part)) for part in parts]
    compared: list[Compared] = []
    golden: list[Golden] = []
    try:
        for found in _run(jobs, workers or len(os.sched_getaffinity(0)), progress):
            if isinstance(found, Golden):
                golden.append(found)
            else:
                compared += found  # type: ignore[arg-type] # the other kind of job
    finally:
        _HELD.clear()
    order = {script.id: n for n, script in enumerate(scripts)}
    places = {(one.call_id, one.turn): n for n, one in enumerate(said)}
    golden.sort(key=lambda g: order[g.id])
    compared.sort(key=lambda c: places[c.said.call_id, c.said.turn])
    data = report(compared, golden) | {"against": active_version(folder), "version": version}
    write_report(folder, version, "replay", data)
    return data


def _scripts(settings: Settings) -> tuple[CallScript, ...]:
    path = settings.path(settings.admin.golden)
    return load_calls(path) if path.is_file() else ()


def _said(settings: Settings) -> tuple[Said, ...]:
    with suppress(UnavailableError):  # no calls were taken yet
        database = Database(settings.database_url, create=False)
        try:
            return read_said(database, MOST_SAID)
        finally:
            database.close()
    return ()


def _renamed(live: Site, staged: Site) -> dict[str, str]:
    """Return old target to new, of entries that moved or have another name."""
    found = difference(live.directory, staged.directory)
    kind = TargetKind.ENTRY
    return {f"{kind}:{c.was}": f"{kind}:{c.id}" for c in (*found.moved, *found.renamed) if c.was}


def _run(
    jobs: Sequence[tuple[Callable[..., object], object, int]],
    workers: int,
    progress: Callable[[str, int, int], None],
) -> Iterator[object]:
    total, done = sum(size for _, _, size in jobs), 0
    progress("Playing calls", 0, total)
    if not jobs:
        return
    # Forked, so that both sites are shared as they are.
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=multiprocessing.get_context("fork")) as pool:
        waiting = {pool.submit(action, given): size for action, given, size in jobs}
        try:
            for ended in as_completed(waiting):
                yield ended.result()
                done += waiting[ended]
                progress("Playing calls", done, total)
        except BrokenProcessPool as error:
            raise RecogniserError("a replaying process died; try again with `--workers 1`") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _understood(part: Sequence[Said]) -> list[Compared]:
    both = _HELD[0]
    found = []
    for said in part:
        heard = recognise_typed(said.text)
        before = taken(both.live.understander.understand(heard, expect=Expect.CALL, internal=True))
        after = taken(both.staged.understander.understand(heard, expect=Expect.CALL, internal=True))
        found.append(compare(said, before, after, both.now_called))
    return found


def _golden(script: CallScript) -> Golden:
    both = _HELD[0]
    return Golden(script.id, script.title, _faults(both, script, "live"), _faults(both, script, "staged"))


def _faults(both: _Both, script: CallScript, which: str) -> tuple[str, ...]:
    site = both.live if which == "live" else both.staged
    recogniser = None
    if any(turn.wav for turn in script.turns):
        recogniser = _ears(both, site, which)
        if recogniser is None:  # nothing here can listen: the words are taken as they are known
            turns = tuple(turn.model_copy(update={"wav": None}) for turn in script.turns)
            script = script.model_copy(update={"turns": turns})
    return play_call(site, recogniser, script).problems


def _ears(both: _Both, site: Site, which: str) -> Recogniser | None:
    """Return this process's recogniser for a site, or None where it has none."""
    if "ears" in both.ears:
        return None
    if which not in both.ears:
        try:
            both.ears[which] = site.recogniser()
        except IvrError:
            both.ears[which] = None
    return both.ears[which]

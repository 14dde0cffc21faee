"""Golden calls and what callers said, played against a version that is not live yet: on all cores, or on a cluster."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ivr.assembly import open_site
from ivr.channels.recording import play_call
from ivr.channels.script import load_calls
from ivr.directory.difference import difference
from ivr.directory.reports import write_report
from ivr.directory.versions import active_version
from ivr.errors import AudioError, IvrError, RecogniserError, UnavailableError
from ivr.model import Expect, TargetKind
from ivr.recognise.audio import read_wav
from ivr.recognise.listen import hear
from ivr.recognise.typed import recognise_typed
from ivr.records.cluster import work_on
from ivr.records.database import Database
from ivr.records.replay import WRONG, Compared, Golden, Said, compare, read_said, report, taken
from ivr.records.schedule import RECORDINGS, kept_recording
from ivr.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ivr.assembly import Site
    from ivr.channels.script import CallScript
    from ivr.model import Understanding
    from ivr.recognise.base import Recogniser
    from ivr.settings import Settings
    from ivr.sites import Place

MOST_SAID: Final = 5000
"""Utterances replayed, the latest of them."""
_TOGETHER: Final = 50
_HEARD_TOGETHER: Final = 5
"""Utterances of one part of the work: by their words, and by their recordings, which take a hundred times as long."""


@dataclass(frozen=True)
class _Both:
    """The site as it is and as it would be, held by each process."""

    live: Site
    staged: Site
    now_called: dict[str, str]
    recordings: Path | None
    """Folder of callers' recordings, where they are listened to again."""
    listen: bool
    ears: dict[str, Recogniser | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Recipe:
    """How a process of a cluster, which sees the same files, opens both sites. Holds no secrets."""

    root: Path
    place: Place | None
    live: str
    staged: str
    listen: bool

    def __call__(self) -> _Both:
        """Open both."""
        settings = load_settings(None if self.place else self.root, place=self.place)
        return _open(settings, self.live, self.staged, listen=self.listen)


_Part = tuple["CallScript", ...] | tuple["Said", ...]
_HELD: list[_Both] = []


def replay(
    settings: Settings,
    version: str,
    *,
    workers: int = 0,
    scheduler: str = "",
    listen: bool = True,
    progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None,
) -> dict[str, Any]:
    """Compare a version with the live one, and keep the report.

    `workers`: processes (0: one a core). `scheduler`: address of a Dask cluster to do it on instead (default: the
    one of the settings). `listen=False`: recordings are taken as their words, else those of golden calls and those
    kept of callers are heard again. `progress` is told the step, how much of it is done and of how much; what it
    raises ends the replay. Raises IvrError.
    """
    folder, scheduler = settings.path(settings.directory.versions), scheduler or settings.admin.scheduler
    active = active_version(folder)
    progress("Reading what callers said", 0, 0)
    scripts, said = _scripts(settings), _said(settings)
    parts = _parts(scripts, said, settings.path(RECORDINGS) if listen else None)
    if scheduler:
        recipe = _Recipe(settings.root, settings.place, active, version, listen)
        progress("Opening both directories on the cluster", 0, 0)
        found = _counted(work_on(scheduler, _work, parts, recipe), parts, progress)
    else:
        progress("Opening both directories", 0, 0)
        both = _open(settings, "", version, listen=listen)
        found = _run(both, parts, workers or len(os.sched_getaffinity(0)), progress)
    results = [one for some in found for one in some]
    golden = [one for one in results if isinstance(one, Golden)]
    compared = [one for one in results if isinstance(one, Compared)]
    order = {script.id: n for n, script in enumerate(scripts)}
    places = {(one.call_id, one.turn): n for n, one in enumerate(said)}
    golden.sort(key=lambda g: order[g.id])
    compared.sort(key=lambda c: places[c.said.call_id, c.said.turn])
    target = settings.report.wrong_transfers / 100 if settings.report.wrong_transfers < _NO_TARGET else WRONG
    data = report(compared, golden, target) | {"against": active, "version": version, "listened": listen}
    write_report(folder, version, "replay", data)
    return data


_NO_TARGET: Final = 100.0
"""`report.wrong_transfers` where a site names no target."""


def _open(settings: Settings, live: str, staged: str, *, listen: bool) -> _Both:
    one, other = open_site(settings, version=live), open_site(settings, version=staged)
    return _Both(one, other, _renamed(one, other), settings.path(RECORDINGS) if listen else None, listen)


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


def _parts(scripts: Sequence[CallScript], said: Sequence[Said], recordings: Path | None) -> list[_Part]:
    """Cut the work into parts of a second or so: one process must not be left with all the listening."""
    aloud = [one for one in said if recordings and kept_recording(recordings, one.audio)]
    spoken = set(aloud)
    silent = [one for one in said if one not in spoken]
    parts: list[_Part] = [(script,) for script in scripts]
    parts += [tuple(aloud[at : at + _HEARD_TOGETHER]) for at in range(0, len(aloud), _HEARD_TOGETHER)]
    return parts + [tuple(silent[at : at + _TOGETHER]) for at in range(0, len(silent), _TOGETHER)]


def _renamed(live: Site, staged: Site) -> dict[str, str]:
    """Return old target to new, of entries that moved or have another name."""
    found = difference(live.directory, staged.directory)
    kind = TargetKind.ENTRY
    return {f"{kind}:{c.was}": f"{kind}:{c.id}" for c in (*found.moved, *found.renamed) if c.was}


def _run(
    both: _Both, parts: Sequence[_Part], workers: int, progress: Callable[[str, int, int], None]
) -> Iterator[list[Compared | Golden]]:
    """Do the parts in processes of this machine, forked, so that both sites are shared as they are."""
    if not parts:
        return
    _HELD[:] = [both]
    context = multiprocessing.get_context("fork")
    try:
        with ProcessPoolExecutor(min(workers, len(parts)), mp_context=context) as pool:
            waiting = {pool.submit(_work_here, part): len(part) for part in parts}
            total, done = sum(waiting.values()), 0
            progress("Playing calls", 0, total)
            try:
                for ended in as_completed(waiting):
                    yield ended.result()
                    done += waiting[ended]
                    progress("Playing calls", done, total)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
    except BrokenProcessPool as error:
        raise RecogniserError("a replaying process died; try again with `--workers 1`") from error
    finally:
        _HELD.clear()


def _counted(
    found: Iterator[list[Compared | Golden]], parts: Sequence[_Part], progress: Callable[[str, int, int], None]
) -> Iterator[list[Compared | Golden]]:
    """Give what is found, and say how far it is."""
    total, done = sum(map(len, parts)), 0
    for part, some in zip(parts, found, strict=True):
        yield some
        done += len(part)
        progress("Playing calls on the cluster", done, total)


def _work_here(part: _Part) -> list[Compared | Golden]:
    return _work(_HELD[0], part)


def _work(both: _Both, part: _Part) -> list[Compared | Golden]:
    """Play some calls or utterances against both sites."""
    return [_compared(both, one) if isinstance(one, Said) else _golden(both, one) for one in part]


def _compared(both: _Both, said: Said) -> Compared:
    before, after = (taken(_understood(both, site, which, said)) for which, site in _sites(both))
    return compare(said, before, after, both.now_called)


def _sites(both: _Both) -> tuple[tuple[str, Site], tuple[str, Site]]:
    return ("live", both.live), ("staged", both.staged)


def _understood(both: _Both, site: Site, which: str, said: Said) -> Understanding:
    """Hear what was said again where its sound was kept, else take its words, and understand it."""
    file = kept_recording(both.recordings, said.audio) if both.recordings else None
    recogniser = _ears(both, site, which) if file else None
    heard = recognise_typed(said.text)
    if file and recogniser:
        with suppress(AudioError):  # removed meanwhile, its time being over
            samples = read_wav(file)
            longest = site.settings.recognition.longest_utterance
            heard = hear(recogniser, Expect.CALL.value, samples, longest=longest)
    return site.understander.understand(heard, expect=Expect.CALL, internal=True)


def _golden(both: _Both, script: CallScript) -> Golden:
    before, after = (_faults(both, site, which, script) for which, site in _sites(both))
    return Golden(script.id, script.title, before, after)


def _faults(both: _Both, site: Site, which: str, script: CallScript) -> tuple[str, ...]:
    recogniser = None
    if any(turn.wav for turn in script.turns):
        recogniser = _ears(both, site, which)
        if recogniser is None:  # nothing here can listen: the words are taken as they are known
            turns = tuple(turn.model_copy(update={"wav": None}) for turn in script.turns)
            script = script.model_copy(update={"turns": turns})
    return play_call(site, recogniser, script).problems


def _ears(both: _Both, site: Site, which: str) -> Recogniser | None:
    """Return this process's recogniser for a site, or None where it has none."""
    if not both.listen:
        return None
    if which not in both.ears:
        try:
            both.ears[which] = site.recogniser()
        except IvrError:
            both.ears[which] = None
    return both.ears[which]

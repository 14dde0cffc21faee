"""What stands in the way of a version going live: on the pages and on the command line alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.directory.difference import difference
from ivr.directory.load import active_directory, active_wording
from ivr.directory.reports import read_report, write_report
from ivr.directory.versions import active_version, read_version
from ivr.directory.wording import described
from ivr.errors import DirectoryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.directory.difference import Difference
    from ivr.directory.versions import Version
    from ivr.settings import Settings


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing against it."""

    what: str
    final: bool
    """A rule of this site; else somebody may say that it is meant."""


def compare(settings: Settings, version: str) -> Difference:
    """Compare a version with what calls are routed against, and keep the report. Raises DirectoryError."""
    folder = settings.path(settings.directory.versions)
    found = difference(active_directory(settings).directory, read_version(folder, version))
    data = found.as_json() | {"against": active_version(folder), "alarm": found.alarm(settings.admin.most_changed)}
    data["words"] = described(active_wording(settings), active_wording(settings, version))
    write_report(folder, version, "difference", data)
    return found


def objections(settings: Settings, version: Version, who: str) -> tuple[Objection, ...]:
    """Return what stands in the way of `who` making a version live."""
    folder, rules = settings.path(settings.directory.versions), settings.admin
    found = []
    if rules.two_people and version.by == who:
        found.append(Objection("you staged this version, and here somebody else has to make it live", final=True))
    opens = read_report(folder, version.version, "opens")
    if opens and opens["fault"]:
        found.append(Objection(f"no call could be taken with it: {opens['fault']}", final=True))
    report = read_report(folder, version.version, "difference")
    if report is None or report["against"] != active_version(folder):
        compare(settings, version.version)
        report = read_report(folder, version.version, "difference")
    if report and report["alarm"]:
        found.append(Objection(f"{report['alarm']}: is the export complete?", final=False))
    return (*found, *_golden(settings, version.version))


def _golden(settings: Settings, version: str) -> tuple[Objection, ...]:
    rules = settings.admin
    if not settings.path(rules.golden).is_file():
        return ()
    replay = read_report(settings.path(settings.directory.versions), version, "replay")
    if replay is None or replay["against"] != active_version(settings.path(settings.directory.versions)):
        return (Objection("it was not tried on the golden calls", final=True),) if rules.refuse_broken else ()
    broken = replay["golden_broken"]
    if not broken:
        return ()
    few = ", ".join(broken[:3]) + (", ..." if len(broken) > 3 else "")  # noqa: PLR2004 - three say enough
    return (Objection(f"{len(broken)} golden calls would no longer end as they should: {few}", rules.refuse_broken),)


def refuse(found: Sequence[Objection], *, meant: bool) -> None:
    """Raise DirectoryError for what is against a rule, or was not said to be meant."""
    for objection in found:
        if objection.final:
            raise DirectoryError(objection.what, where="not made live")
        if not meant:
            raise DirectoryError(objection.what, where="not made live", todo="say that it is meant, or mend it")

"""A directory ready to route calls against: read, cleansed, corrected, and given its spoken ways."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ivr.directory.aliases import Aliases, read_aliases, with_aliases
from ivr.directory.cleanse import About, Cleansed, CleanseRules, cleanse
from ivr.directory.corrections import read_corrections, without_removed_ways
from ivr.directory.numbers import DialPlan
from ivr.directory.sources import read_export
from ivr.directory.versions import Version, active_version, changes_of, read_version, stage
from ivr.directory.wording import Wording, read_wording
from ivr.errors import DirectoryError
from ivr.model import Audience, Directory, Entry, Kind, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ivr.settings import Settings


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of an export, in figures; rows = entries' rows + merged + set aside + blank."""

    source: str
    rows: int
    people: int
    departments: int
    services: int
    internal: int
    hidden: int
    """Ex-directory: kept, and never offered."""
    spoken: int
    """Ways to say entries, all together."""
    merged: int
    set_aside: int
    blank: int
    errors: int
    warnings: int
    tidied: int
    """Problems with nothing to decide."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A directory, and what was found on the way to it."""

    directory: Directory
    problems: tuple[Problem, ...]
    summary: Summary
    rows_about: Mapping[int, About] = field(default_factory=dict)
    """Row of the export -> who or what it is about."""


def rules_for(settings: Settings, aliases: Aliases) -> CleanseRules:
    """Rules of cleansing for a site, as of today in its time zone."""
    own = settings.directory
    plan = DialPlan(own.country, own.area_code, tuple(own.extension_digits))
    today = dt.datetime.now(ZoneInfo(settings.site.timezone)).date()
    return CleanseRules(today, plan, aliases.synonyms)


def load_directory(
    settings: Settings,
    export: Path | None = None,
    today: dt.date | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Loaded:
    """Cleanse an export (default: the site's own) into a directory; `mapping`: as `read_export` has it.

    Raises DirectoryError where the file cannot be read or not one entry of it can be reached.
    """
    path = settings.path(export or settings.directory.export)
    aliases = read_aliases(settings.path(settings.grammar.folder))
    corrections = read_corrections(settings.path(settings.directory.corrections))
    rules = rules_for(settings, aliases)
    if today:
        rules = CleanseRules(today, rules.plan, rules.synonyms)
    read = read_export(path, mapping)
    cleansed = cleanse(read, corrections, rules)
    entries, stale = without_removed_ways(with_aliases(cleansed.entries, aliases), corrections)
    if not any(is_usable(entry) for entry in entries):
        raise DirectoryError(_nobody(cleansed), where=path.name, todo="see `ivr directory cleanse` for what was found")
    problems = cleansed.problems if read.cleansed else (*cleansed.problems, *stale)
    return Loaded(Directory(entries, content_version(entries)), problems, _summary(path, cleansed, entries, problems),
                  cleansed.rows_about)  # fmt: skip


def active_directory(settings: Settings, version: str = "") -> Loaded:
    """Load the directory calls are routed against: the active version, else the site's export cleansed now.

    `version`: this one instead. Raises DirectoryError where it cannot be used.
    """
    folder = settings.path(settings.directory.versions)
    version = version or active_version(folder)
    if not version:
        return load_directory(settings)
    directory = read_version(folder, version)
    return Loaded(directory, (), _counted(f"version {version}", directory.entries, ()))


def stage_export(settings: Settings, export: Path, by: str, why: str) -> tuple[Version, Loaded]:
    """Cleanse an export and keep the directory as a version, not yet active.

    Raises DirectoryError as `load_directory` does, and UnavailableError where versions cannot be written.
    """
    loaded = load_directory(settings, export)
    return stage_loaded(settings, loaded, export.name, by, why), loaded


def stage_loaded(
    settings: Settings, loaded: Loaded, source: str, by: str, why: str, wording: Wording | None = None
) -> Version:
    """Keep a directory as a version, not yet active, with the words as they are being changed (or as given).

    Raises UnavailableError where versions cannot be written.
    """
    wording = read_wording(settings.path(settings.directory.versions)) if wording is None else wording
    name = version_name(content_version(loaded.directory.entries), wording)
    at = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
    version = Version(
        version=name, staged=at, by=by, why=why, source=source, entries=len(loaded.directory.entries),
        errors=loaded.summary.errors, changes=wording.as_json(),
    )  # fmt: skip
    return stage(settings.path(settings.directory.versions), loaded.directory, version)


def is_usable(entry: Entry) -> bool:
    """Tell whether a caller of any kind can be put through to an entry."""
    return entry.audience is not Audience.NOBODY and bool(entry.number or entry.fallback) and bool(entry.spoken)


def _nobody(cleansed: Cleansed) -> str:
    kinds = Counter(p.kind for p in cleansed.problems if p.severity is Severity.ERROR).most_common(2)
    why = f" ({', '.join(f'{count} {kind}' for kind, count in kinds)})" if kinds else ""
    return f"not one entry of {cleansed.rows} rows can be put through to{why}"


def version_name(content: str, wording: Wording) -> str:
    """Name of a version: the hash of its entries, and of the words changed with them if any."""
    if wording.nothing:
        return content
    text = content + json.dumps(wording.as_json(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def active_wording(settings: Settings, version: str = "") -> Wording:
    """Return the words changed in the active version (or in `version`). Raises DirectoryError."""
    folder = settings.path(settings.directory.versions)
    version = version or active_version(folder)
    return Wording.of(changes_of(folder, version)) if version else Wording()


def content_version(entries: Iterable[Entry]) -> str:
    """Hash of entries' content: the same entries have the same version."""
    digest, names = hashlib.sha256(), [field.name for field in fields(Entry)]
    for entry in entries:
        digest.update(json.dumps([getattr(entry, name) for name in names], ensure_ascii=False).encode())
    return digest.hexdigest()[:12]


def _summary(path: Path, cleansed: Cleansed, entries: Sequence[Entry], problems: Sequence[Problem]) -> Summary:
    return replace(
        _counted(path.name, entries, problems),
        rows=cleansed.rows,
        merged=cleansed.merged,
        set_aside=cleansed.set_aside,
        blank=cleansed.blank,
    )


def _counted(source: str, entries: Sequence[Entry], problems: Sequence[Problem]) -> Summary:
    kinds = Counter(entry.kind for entry in entries)
    severities = Counter(problem.severity for problem in problems)
    return Summary(
        source=source, rows=len(entries), people=kinds[Kind.PERSON], departments=kinds[Kind.DEPARTMENT],
        services=kinds[Kind.SERVICE], internal=sum(e.audience is Audience.INTERNAL for e in entries),
        hidden=sum(e.audience is Audience.NOBODY for e in entries), spoken=sum(len(e.spoken) for e in entries),
        merged=0, set_aside=0, blank=0, errors=severities[Severity.ERROR], warnings=severities[Severity.WARNING],
        tidied=severities[Severity.INFO],
    )  # fmt: skip

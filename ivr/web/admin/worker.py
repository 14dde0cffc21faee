"""The process that does a job's work, started by the pages: `python -m ivr.web.admin.worker NAME ACTION ARGUMENT`."""

from __future__ import annotations

import os
import resource
import sys
from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from ivr.assembly import open_site
from ivr.directory.listings import Row, write_list
from ivr.directory.load import active_wording, load_directory
from ivr.directory.reports import write_report
from ivr.directory.sources import heading_row, mapped_field, read_table
from ivr.directory.uploads import read_upload, save_upload, source_of
from ivr.errors import IvrError
from ivr.grammar.pronounce import Pronouncer
from ivr.match.audit import audit, summary
from ivr.match.audit_table import as_row
from ivr.match.wording import canonical_words
from ivr.recognise.models import lacking
from ivr.records.shelf import Shelf
from ivr.settings import load_settings
from ivr.web.admin.cores import Cores
from ivr.web.admin.gate import compare
from ivr.web.admin.jobs import RUNNING, Job, Status
from ivr.web.admin.replaying import replay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.directory.load import Loaded
    from ivr.match.audit import Audited
    from ivr.recognise.respell import Respelling
    from ivr.settings import Settings

MOST_MEMORY: Final = 8 << 30
"""Bytes of address space: a file made to eat memory ends its own process, not the machine."""
_NICER: Final = 5
"""How much the work gives way to calls."""
_SAMPLES: Final = 5


def check(settings: Settings, job: Job, upload_id: str) -> None:
    """Read an upload, cleanse it, keep it as a version, compare and audit it. Raises IvrError."""
    folder = settings.path(settings.directory.versions)
    upload = read_upload(folder, upload_id)
    source = source_of(folder, upload_id)
    job.tell(RUNNING, "Reading the file", 0, 5)
    table, _ = read_table(source)
    write_report(folder, upload_id, "columns", columns_of(table, upload.mapping))
    if heading_row(table, upload.mapping) is None:
        return  # a person says first which column is which
    del table
    job.go_on()
    job.tell(RUNNING, "Cleansing", 1, 5)
    loaded = load_directory(settings, source, mapping=upload.mapping)
    job.go_on()
    write_report(folder, upload_id, "problems", problems_of(loaded))
    version = Shelf(settings).keep(loaded, upload.name, upload.by, upload.why)
    save_upload(folder, replace(upload, version=version.version))
    look(settings, job, version.version)


def look(settings: Settings, job: Job, version: str) -> None:
    """Compare a version with the live one, and audit it. Raises IvrError."""
    folder = settings.path(settings.directory.versions)
    job.tell(RUNNING, "Comparing with what is live", 2, 5)
    compare(settings, version)
    job.go_on()
    job.tell(RUNNING, "Trying whether calls could be taken with it", 3, 5)
    write_report(folder, version, "opens", {"fault": _fault(settings, version)})
    job.go_on()
    _audit(settings, job, version)


def _audit(settings: Settings, job: Job, version: str) -> None:
    """Say which names of a version will be hard."""
    folder, step = settings.path(settings.directory.versions), "Looking for names that will be hard"

    def progress(done: int, total: int) -> None:
        job.go_on()
        job.tell(RUNNING, step, done, total)

    progress(0, 0)
    directory, cores = Shelf(settings).read(version), Cores(progress)
    cache, said = settings.path(settings.recognition.cache), active_wording(settings, version).said
    pronouncer = Pronouncer(settings.path(settings.grammar.folder), cache=cache, said=said)
    pronouncer.prepare((word for entry in directory.entries for word in canonical_words(entry.name)), cores)
    found = audit(directory, pronouncer, cores)
    pronouncer.remember()
    step = "Looking for words that the model lacks"
    lacked = lacking(settings, {word.word for one in found for word in one.said}, pronouncer.pronounce, cores)
    write_list(folder, version, "audit", (_audited(one, lacked or {}) for one in found))
    totals = summary(found)
    if lacked is not None:
        totals["not_in_the_model"] = sum(any(word.word in lacked for word in one.said) for one in found)
    bands = Counter(min(int(one.difficulty * 10), 9) for one in found)
    write_report(folder, version, "audit", {"summary": totals, "bands": [bands[n] for n in range(10)],
                                            "model": lacked is not None})  # fmt: skip


def _audited(one: Audited, lacked: Mapping[str, Respelling | None]) -> Row:
    missing = [word.word for word in one.said if word.word in lacked]
    lacks = [{"word": w, "said": r.said if (r := lacked[w]) else "", "error": r.error if r else 1.0} for w in missing]
    tags = (*one.needs, "not_in_the_model") if missing else one.needs
    entry = one.entry
    return Row(as_row(one) | {"lacks": lacks}, f"{entry.name} {entry.department} {entry.id}", tags)


def _fault(settings: Settings, version: str) -> str:
    """Return why no calls could be taken with a version; empty: they could."""
    try:
        open_site(settings, version=version)
    except IvrError as error:
        return str(error)
    return ""


def play(settings: Settings, job: Job, version: str, how: str = "words") -> None:
    """Replay calls against a version; `how`: by their `words`, or `listen` to recordings again. Raises IvrError."""

    def progress(step: str, done: int, total: int) -> None:
        job.go_on()
        job.tell(RUNNING, step, done, total)

    replay(settings, version, listen=how == "listen", progress=progress)


def columns_of(table: list[list[str]], mapping: dict[str, str]) -> dict[str, Any]:
    """Return a table's headings with what each is taken for and a few cells below it."""
    at = heading_row(table, mapping)
    found = at is not None
    if at is None:  # the first row with more than one filled cell is most likely the headings
        filled = (n for n, row in enumerate(table) if sum(bool(cell.strip()) for cell in row) > 1)
        at = next(filled, 0)
    headings = table[at] if table else []
    columns = []
    for place, heading in enumerate(headings):
        if not heading.strip():
            continue
        cells = (row[place] for row in table[at + 1 :] if place < len(row) and row[place].strip())
        samples = [cell[:80] for _, cell in zip(range(_SAMPLES), cells, strict=False)]
        columns.append({"heading": heading, "field": mapped_field(heading, mapping), "samples": samples})
    return {"found": found, "row": at + 1, "rows": max(len(table) - at - 1, 0), "columns": columns}


def problems_of(loaded: Loaded) -> dict[str, Any]:
    """Return what cleansing found, each problem with whom it is about."""
    about = loaded.rows_about
    rows = []
    for number, problem in enumerate(loaded.problems):
        who = about.get(problem.row)
        rows.append(
            asdict(problem)
            | {"number": number, "id": who.id if who else "", "name": who.name if who else ""}
            | {"department": who.department if who else ""}
        )
    return {"summary": asdict(loaded.summary), "problems": rows}


ACTIONS: Final = {"check": check, "look": look, "play": play}


def do(settings: Settings, name: str, action: str, *rest: str) -> Status:
    """Do one job's work in this process, and return how it ended."""
    job = Job(settings.path(settings.directory.versions), name)
    with job.working():
        ACTIONS[action](settings, job, *rest)
    return job.status()


def main(arguments: Sequence[str]) -> None:
    """Do one job, and say in its folder how it went."""
    name, action, *rest = arguments
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, hard))
    os.nice(_NICER)
    do(load_settings(), name, action, *rest)


if __name__ == "__main__":
    main(sys.argv[1:])

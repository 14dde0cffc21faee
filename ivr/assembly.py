"""The only place where objects are wired: settings in, a Site out.

Everything a call needs is built once, is immutable afterwards and is shared by all calls. A new
directory version makes a new Site; calls in progress keep theirs.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.dialogue.engine import Engine
from ivr.dialogue.prompts import Prompts
from ivr.dialogue.ready import require_safety
from ivr.dialogue.reworded import reworded_enquiries, reworded_prompts, reworded_settings
from ivr.directory.load import Loaded, active_directory, active_wording, load_directory
from ivr.directory.shared import with_shared
from ivr.directory.wording import Wording
from ivr.errors import SettingsError
from ivr.grammar.compile import compile_grammars
from ivr.grammar.enquiries import load_enquiries
from ivr.grammar.pronounce import Pronouncer
from ivr.match.history import likelihoods, read_history
from ivr.match.understand import Understander
from ivr.settings import Settings, load_settings
from ivr.skills.base import all_skills, skills_for
from ivr.skills.bills import load_bills, require_enquiries
from ivr.skills.closures import close_enquiries, close_entries, closed, load_closures, require_known
from ivr.skills.languages import speaking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivr.grammar.tree import Grammar
    from ivr.model import Directory, Enquiry
    from ivr.recognise.base import Recogniser
    from ivr.records.store import Store
    from ivr.skills.closures import Closure


@dataclass(frozen=True)
class Site:
    """One organisation, ready to take calls."""

    settings: Settings
    loaded: Loaded
    """The directory with what cleansing found."""
    enquiries: tuple[Enquiry, ...]
    grammars: Mapping[str, Grammar]
    pronouncer: Pronouncer
    understander: Understander
    engine: Engine
    prompts: Prompts
    usual_hours: str
    """The operators' hours as `ivr.toml` has them; the settings above have those that people changed."""

    @property
    def given(self) -> Settings:
        """The settings as they were given."""
        usual = self.settings.site.model_copy(update={"hours": self.usual_hours})
        return self.settings.model_copy(update={"site": usual})

    @property
    def directory(self) -> Directory:
        """The active directory."""
        return self.loaded.directory

    @cached_property
    def store(self) -> Store:
        """The records database, opened (and migrated) on first use. Raises RecordsError."""
        from ivr.records.store import Store  # noqa: PLC0415 (SQLAlchemy is slow to import, and not every command records)

        return Store(self.settings.database_url)

    def with_store(self, store: Store) -> Site:
        """Give the site the records that another one opened, and return it."""
        vars(self)["store"] = store
        return self

    def recogniser(self, engine: str | None = None) -> Recogniser:
        """Make a recogniser for this site's grammars; `engine` over the settings. Raises UnavailableError."""
        from ivr.recognise.select import make_recogniser  # noqa: PLC0415 (native libraries load where they are used)

        return make_recogniser(self.settings, self.grammars, self.pronouncer, engine)


@contextmanager
def _building() -> Iterator[None]:
    """Put off the collector of cycles: a site is built of hundreds of thousands of objects, and drops none."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@_building()
def open_site(settings: Settings | None = None, *, export: Path | None = None, version: str = "") -> Site:
    """Build the site of `settings` (default: of the current folder), from `export` where one is given.

    `version`: with this version of the directory instead of the active one.

    Raises SettingsError, DirectoryError or GrammarError where one of its files cannot be used.
    """
    settings = settings or load_settings()
    folder = settings.path(settings.grammar.folder)
    loaded = load_directory(settings, export) if export else with_shared(active_directory(settings, version), settings)
    usual_hours, words = settings.site.hours, Wording() if export else active_wording(settings, version)
    settings = reworded_settings(settings, words)
    enquiries = reworded_enquiries(load_enquiries(folder), words)
    tables = settings.path(settings.directory.corrections).parent
    require_enquiries(load_bills(tables), enquiries)
    closures = load_closures(tables, words.closures)
    if export is None:
        require_known(closures, loaded.directory, enquiries)
    settings, loaded, enquiries = _closed(settings, loaded, enquiries, closures)
    calls = read_history(settings.path(settings.matching.history))
    likely = likelihoods(calls, (entry.id for entry in loaded.directory.entries))
    grammars = compile_grammars(folder, loaded.directory, enquiries, likely)
    if export is None:  # another directory is only tried out, and knows nothing of this site's duty teams
        kinds = (s.target.id for s in grammars["safety"].sentences if s.target)
        require_safety(settings, loaded.directory, kinds)
    skills = skills_for(
        enquiries,
        all_skills(
            tables,
            settings.site,
            loaded.directory.entries,
            taken=bool(settings.payments.connector),
            days=settings.requests.promise_days,
        ),
    )
    engine = Engine(loaded.directory, enquiries, settings.site, settings.dialogue, skills=skills)
    pronouncer = Pronouncer(folder, cache=settings.path(settings.recognition.cache), said=words.said)
    understander = Understander(loaded.directory, enquiries, grammars, settings.matching, pronouncer.pronounce, likely)
    pronouncer.remember()
    return Site(
        settings=settings,
        loaded=loaded,
        enquiries=enquiries,
        grammars=grammars,
        pronouncer=pronouncer,
        understander=understander,
        engine=speaking(engine, folder),
        prompts=reworded_prompts(Prompts.load(folder, settings.site.language, settings.site.languages), words),
        usual_hours=usual_hours,
    )


def _closed(
    settings: Settings, loaded: Loaded, enquiries: tuple[Enquiry, ...], closures: tuple[Closure, ...]
) -> tuple[Settings, Loaded, tuple[Enquiry, ...]]:
    """Put the site's one-off closures into all opening hours."""
    site = settings.site
    directory = close_entries(loaded.directory, closures, site.hours)
    hours = closed(site.hours, [closure for closure in closures if not closure.who])
    shut = settings.model_copy(update={"site": site.model_copy(update={"hours": hours})})
    return shut, replace(loaded, directory=directory), close_enquiries(enquiries, closures)


def sample_site() -> Path:
    """Folder of the sample site: the checkout this package runs from, else the copy inside the package."""
    package = Path(__file__).parent
    for folder in (package.parent, package / "sample_site"):
        if (folder / "ivr.toml").is_file() and (folder / "grammars").is_dir():
            return folder
    raise SettingsError("the sample site is not part of this installation", todo="reinstall the package")

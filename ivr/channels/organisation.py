"""What calls need of a site; `ivr.assembly.Site` is both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ivr.dialogue.engine import Engine
    from ivr.dialogue.prompts import Prompts
    from ivr.match.understand import Understander
    from ivr.records.store import Store
    from ivr.settings import Settings


class Organisation(Protocol):
    """What any call needs, a tried one too."""

    @property
    def settings(self) -> Settings:
        """All settings."""
        ...

    @property
    def engine(self) -> Engine:
        """The dialogue."""
        ...

    @property
    def understander(self) -> Understander:
        """What makes sense of words."""
        ...

    @property
    def prompts(self) -> Prompts:
        """What is said."""
        ...


class LiveOrganisation(Organisation, Protocol):
    """What calls need that are recorded."""

    @property
    def store(self) -> Store:
        """Its records."""
        ...

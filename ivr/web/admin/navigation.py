"""The pages there are, and what the navigation shows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ivr.records.roles import Role

VIEWS: Final = (
    "home",
    "today",
    "figures",
    "directory",
    "cleansing",
    "versions",
    "calls",
    "requests",
    "gaps",
    "tries",
    "wording",
    "closing",
    "people",
    "log",
    "me",
    "sign_in",
    "provider",
)
"""Modules of `ivr.web.admin.views`, in the order of the navigation."""


@dataclass(frozen=True, slots=True)
class Link:
    """An item of the navigation."""

    title: str
    endpoint: str
    """`NAME.view` of the page."""
    role: Role
    """Who sees it."""
    covers: tuple[str, ...] = ()
    """Other blueprints whose pages belong to it."""

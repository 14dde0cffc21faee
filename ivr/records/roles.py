"""What the people who administer a site may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each may do all that those before it may."""

    VIEWER = "viewer"
    """Looks."""
    EDITOR = "editor"
    """Uploads, corrects, stages, tries out, reviews calls."""
    PUBLISHER = "publisher"
    """Makes a version live, and goes back."""
    ADMINISTRATOR = "administrator"
    """Accounts."""

    def may(self, needed: Role) -> bool:
        """Tell whether this role includes another."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)

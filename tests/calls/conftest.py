"""The sample council, opened once for all whole calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr import assembly
from ivr.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.assembly import Site


@pytest.fixture(scope="session")
def sample(root: Path) -> Site:
    """Build the sample site once."""
    return assembly.open_site(load_settings(root, {}))

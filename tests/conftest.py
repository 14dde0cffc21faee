"""Shared by all tests: where the sample site and the optional recordings are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

# The same examples on every machine and every run; `pytest --hypothesis-profile=search` looks for new ones.
# No deadlines: a busy machine is no fault of what is tested.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", PATIENT, derandomize=True)
settings.register_profile("search", PATIENT, derandomize=False)
settings.load_profile("same")


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the root of the checkout, which is the sample site."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Find the recordings and lists that are not part of the repository; tests that need them skip without."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data, which is not part of the repository")
    return folder

"""Work on all cores: the same as on one, in the same order, told how far it is, and ended by what goes wrong."""

from __future__ import annotations

import pytest

from ivr.errors import InputError
from ivr.web.admin.cores import Cores


def _square(number: int) -> int:
    if number < 0:
        raise InputError("no square of it here")
    return number * number


def test_many_pieces_come_back_in_order() -> None:
    """What processes make is what one would have made; the last of the progress is all of it."""
    told: list[tuple[int, int]] = []
    cores = Cores(lambda done, total: told.append((done, total)), workers=2)
    assert cores(_square, range(2500)) == [n * n for n in range(2500)]
    assert told[-1] == (2500, 2500)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_few_pieces_need_no_process() -> None:
    """A handful is done at once, here."""
    seen: list[int] = []
    Cores()(seen.append, range(3))
    assert seen == [0, 1, 2]


def test_what_goes_wrong_is_told() -> None:
    """An error of one piece, and one of who listens to the progress, ends the work."""
    with pytest.raises(InputError, match="no square"):
        Cores(workers=2)(_square, [*range(2500), -1])

    def stop(_done: int, _total: int) -> None:
        raise InputError("stopped")

    with pytest.raises(InputError, match="stopped"):
        Cores(stop, workers=2)(_square, range(2500))

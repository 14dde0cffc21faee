"""Whatever a file or a request holds, it is read or refused in one line: no crash, no hang."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from targets import TARGETS, attempt

FOUND = sorted((Path(__file__).parent / "found").glob("*"))


@st.composite
def changed(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Return a seed with a few stretches cut out, doubled, or overwritten by anything; or anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        put = draw(
            st.sampled_from([b"", data[start:end] * 2, b"\0", b"\xff", b'"', b"\n", b"&", b"<", b"-1", b"9" * 30])
            | st.binary(max_size=8)
        )
        data = data[:start] + put + data[end:]
    return data


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes(name: str, data: st.DataObject) -> None:
    """What is damaged a little is read or refused."""
    logging.disable(logging.CRITICAL)
    try:
        attempt(name, data.draw(changed(TARGETS[name][1])))
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_found_before(path: Path) -> None:
    """What once crashed a parser does so no more; the file's name begins with the target's."""
    attempt(path.name.partition(".")[0], path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_reach_the_parser(name: str) -> None:
    """The seeds are what they should be: refused or taken, never a fault."""
    for seed in TARGETS[name][1]:
        attempt(name, seed)

"""A server that is stopped or reloaded in the middle of calls: what goes on goes on, and nobody is left waiting."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parent))  # the files beside this one, wherever pytest was started

import faults
from harness import ROOT, Town, records, wait_for

from ivr.channels.script import CallScript, Turn
from ivr.channels.simulator.caller import Options, SimulatedCall
from ivr.channels.simulator.stream import Pace
from ivr.channels.simulator.wire import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.faults
STREAMED = """[telephony]
mode = "stream"
[recognition]
engine = "sphinx"
workers = 1
"""
SPOKEN = CallScript(id="spoken", turns=(Turn(wav=ROOT / "audio/calls/operator-1.wav", says="operator"), Turn(keys="0")))
MARJORIE = "+441632960123"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Make a little council, not served yet."""
    made = Town(tmp_path / "site", processes=1)
    made.activate(faults.STAFF)
    yield made
    made.stop()


def _post(town: Town, path: str, call_id: str, **form: str) -> ET.Element:
    body = {"CallSid": call_id, "From": "+447700900123", "To": "+441632960001", "CallStatus": "in-progress"} | form
    answer = requests.post(town.address + path, data=body, timeout=120)
    assert answer.status_code == 200
    return ET.fromstring(answer.content)  # noqa: S314 (our own answer)


def _dialled(document: ET.Element) -> list[str | None]:
    return [number.text for number in document.iter("Number")]


def test_calls_in_conversation_come_to_their_end(town: Town) -> None:
    """Stopped, a server goes on with them, gives new callers an operator, tells the balancer, and then ends."""
    town.start()
    _post(town, "/voice", "CA1")
    _post(town, "/voice/turn/1", "CA1")
    assert town.process is not None
    town.process.send_signal(signal.SIGTERM)
    wait_for(lambda: requests.get(f"{town.address}/healthz", timeout=30).status_code == 503, town.log)
    assert _dialled(_post(town, "/voice", "CA2")) == ["+441632960999"]
    assert _dialled(_post(town, "/voice/turn/2", "CA1", SpeechResult="Marjorie Featherstone.")) == [MARJORIE]
    assert town.process.wait(600) == 0
    town.process = None
    town.start()
    _post(town, "/voice/transfer/3", "CA1", DialCallStatus="completed", DialCallDuration="300")
    wait_for(lambda: {"CA1", "CA2"} <= set(records(town)), town.log)
    told = records(town)
    assert ([turn.turn for turn in told["CA1"].turns], told["CA1"].outcome) == ([1, 2], "transferred")
    assert (told["CA2"].turns, told["CA2"].outcome) == ((), "operator_fallback")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_streams(town: Town, number: signal.Signals) -> None:
    """Callers on streams: stopped or reloaded, each is heard and put through; ended at once, no call's record is lost.

    A server that is stopped is not there any more when the person called hangs up: that notice goes to the next one.
    """
    file = town.folder / "ivr.toml"
    file.write_text(file.read_text(encoding="utf-8") + STREAMED, encoding="utf-8")
    town.start()
    wait_for(lambda: "sphinx" in town.ready()["recogniser"], town.log, seconds=600)
    target = Target(url=f"{town.address}/voice")
    options = Options(hear=lambda turn: (turn.says, 0.9), pace=Pace(speed=1.0))
    process = town.process
    assert process is not None
    with ThreadPoolExecutor(4) as pool:
        callers = [SimulatedCall(SPOKEN, target, options) for _ in range(4)]
        calls = [pool.submit(caller.run) for caller in callers]
        wait_for(lambda: all(caller.seen.said or caller.seen.on_stream for caller in callers), town.log)
        wait_for(lambda: _streams(town) >= 1 or all(call.done() for call in calls), town.log)
        os.kill(process.pid, number)
        if number != signal.SIGHUP:
            assert process.wait(600) == 0
            town.process = None
        if number == signal.SIGINT:
            assert "SIGKILL" not in town.log(), "a process had to be ended by force"
            town.start()
        seen = [call.result() for call in calls]
    if number != signal.SIGINT:  # then Twilio goes on with what comes after the stream, or the fallback address
        reached = [[dialling.number for dialling in call.dialled] for call in seen]
        assert reached == [["+441632960999"]] * len(seen), [call.problems for call in seen]
    if number == signal.SIGHUP:
        assert [call.problems for call in seen if call.problems] == []
        wait_for(lambda: {call.call_id for call in seen} <= set(records(town)), town.log)
    known = {call.call_id for call in seen if call.turns}
    wait_for(lambda: known <= set(records(town, ended=False)), town.log)


def _streams(town: Town) -> float:
    page = requests.get(f"{town.address}/metrics", timeout=30).text
    return sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith("ivr_streams"))

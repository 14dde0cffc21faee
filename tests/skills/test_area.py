"""Wards, councillors and what is nearest, by postcode or half of one, from the site's own table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.errors import InputError
from ivr.skills.areas import load_areas

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Call

TABLE = """postcode,ward,councillors|councillor,nearest library|library
WX1,Market,A and B,the Central Library
WX1 2,Harbour,C and D,
WX1 2BC,Harbour,C and D,the Harbour Library
WX2 4RD,Hill,E,the Hill Library
"""


def test_by_whole_postcode(call: Call) -> None:
    """One question, one answer, and the call is completed."""
    call.say("who is my councillor")
    assert call.prompts == ["area_postcode"]
    call.say("w x two four r d")
    assert call.said.startswith("For W X 2, 4 R D, your councillors are Dev Malhotra and Joan Thackeray.")


def test_half_is_enough_where_all_answers_are_one(call: Call) -> None:
    """Everybody in WX2 has the same library; not everybody in WX3."""
    assert "Hillside Library" in call.say("where is my nearest library", "w x two").said
    call.say("no", "where is my nearest library", "w x three")
    assert call.prompts == ["postcode_rest"]
    assert "I have W X 3." in call.said
    assert "mobile library" in call.say("seven q t").said


def test_by_keypad(call: Call) -> None:
    """Each letter by the key it is on; half a postcode goes on where it stopped."""
    assert "Dev Malhotra" in call.say("who is my councillor", "992473").said
    call.say("no", "who is my councillor", "993")
    assert call.prompts == ["postcode_rest"]
    assert "Ifor Bevan" in call.say("778").said
    assert call.say("no", "who is my councillor", "222222").prompts == ["detail_no_match_1", "area_postcode"]


def test_several_things_at_once(call: Call) -> None:
    """All that was asked for is told."""
    call.say("where is my nearest library and bottle bank", "wx2 4rd")
    assert "your nearest library is Hillside Library, Beacon Road, and your nearest bottle bank is" in call.said


def test_a_postcode_of_elsewhere(call: Call) -> None:
    """The answer says where to look."""
    call.say("who is my councillor", "z z nine nine z z")
    assert call.prompts[:2] == ["area_unknown", "answer"]


def test_a_caller_who_will_not_say(call: Call) -> None:
    """No is an answer; two answers not understood give a person."""
    assert call.say("who is my councillor", "no").prompts[0] == "answer"
    call.say("no", "who is my councillor", "gobbledygook", "gobbledygook")
    assert call.transfer


def test_the_table(tmp_path: Path) -> None:
    """The longest beginning with a value wins; half a postcode answers only where it must be so."""
    (tmp_path / "areas.csv").write_text(TABLE, encoding="utf-8")
    areas = load_areas(tmp_path)
    assert areas.asked_for("which libraries are there") == ("nearest library",)
    assert areas.asked_for("my ward councillors please") == ("ward", "councillors")
    assert areas.find("WX1 1AA", "ward") == "Market"
    assert areas.find("WX1 2ZZ", "ward") == "Harbour"
    assert areas.find("WX1 2ZZ", "nearest library") == "the Central Library"
    assert areas.find("WX1 2BC", "nearest library") == "the Harbour Library"
    assert areas.find("WX1", "ward") == ""
    assert areas.find("WX2", "ward") == "Hill"
    assert (areas.covers("WX2"), areas.covers("ZZ9")) == (True, False)


@pytest.mark.parametrize(("row", "fault"), [("Mill Lane,x,y,z", "no postcode"), ("wx1,x,y,z", "there twice")])
def test_a_table_with_a_fault_is_refused(tmp_path: Path, row: str, fault: str) -> None:
    """With its row."""
    (tmp_path / "areas.csv").write_text(TABLE + row + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=fault) as error:
        load_areas(tmp_path)
    assert "areas.csv, row 6" in str(error.value)


def test_no_table(tmp_path: Path) -> None:
    """A site without one answers every such enquiry with its answer."""
    assert load_areas(tmp_path).asked_for("who is my councillor") == ()

"""The table is whole, and the documents made from it have not drifted."""

from __future__ import annotations

import ast
from pathlib import Path

from ivr.dialogue.diagram import BEGIN, END, section
from ivr.dialogue.moment import Trigger
from ivr.dialogue.safety import PROMPTS
from ivr.dialogue.state import Phase
from ivr.dialogue.transitions import EVERYWHERE, TABLE
from ivr.dialogue.wording import CATALOGUE, SERIES, SINGLE

DIALOGUE = Path(__file__).parent.parent.parent / "ivr" / "dialogue"


def test_every_phase_answers_every_trigger() -> None:
    """No event in any phase is without a rule."""
    assert set(TABLE) == {(phase, trigger) for phase in Phase for trigger in Trigger}


def test_the_floor_holds_everywhere() -> None:
    """Danger, the operator, a fault and a hang-up are answered alike from every phase but the last."""
    for trigger, rule in EVERYWHERE.items():
        assert {TABLE[phase, trigger].do for phase in Phase if phase is not Phase.ENDED} == {rule.do}


def test_every_phase_can_be_left_and_reached() -> None:
    """No phase is a trap, and none is idle."""
    for phase in Phase:
        assert phase is Phase.ENDED or any(TABLE[phase, t].to - {phase} for t in Trigger)
        assert phase is Phase.NEW or any(phase in rule.to for (start, _), rule in TABLE.items() if start is not phase)


def test_the_document_has_not_drifted(root: Path) -> None:
    """The diagram and the rules in docs/dialogue.md are those of the table."""
    text = (root / "docs" / "dialogue.md").read_text(encoding="utf-8")
    assert BEGIN + text.split(BEGIN)[1].split(END)[0] + END == section()


def test_every_prompt_listed_is_used() -> None:
    """Each id of the catalogue stands in the code or in the safety mapping; each series is made by a question."""
    used = set(PROMPTS.values())
    folders = (DIALOGUE, DIALOGUE.parent / "channels", DIALOGUE.parent / "skills")
    for path in (p for folder in folders for p in folder.rglob("*.py") if p.name != "wording.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    assert set(SINGLE) <= used
    questions = {name.removesuffix("_silence").removesuffix("_no_match") for name in SERIES}
    assert questions <= used


def test_every_safety_id_has_its_words(root: Path) -> None:
    """Each id of the reviewed safety phrases has a prompt chosen for it."""
    lines = (root / "grammars" / "safety.grammar").read_text(encoding="utf-8").splitlines()
    ids = {line.split()[1].rstrip(":") for line in lines if line.startswith("safety ")}
    assert ids
    assert ids <= set(PROMPTS)
    assert set(PROMPTS.values()) <= set(CATALOGUE)

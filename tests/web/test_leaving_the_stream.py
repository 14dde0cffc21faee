"""Where our own recogniser cannot hear what may come, or nobody may hear it, a call leaves its media stream."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ivr.dialogue.engine import Engine
from ivr.dialogue.tongue import load_tongue
from ivr.model import Outcome
from ivr.records.period import Period, zone_named
from ivr.records.surveys import count_surveys, survey_comments

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

STREAM = "wss://phone.example.org/media"


@pytest.fixture
def streaming(make_site: Callable[..., Any], make_phone: Callable[..., Any]) -> Any:
    """Give a telephone whose calls are heard over streams, and whose callers are asked how it was."""
    from dataclasses import replace

    site = make_site()
    rules = site.settings.dialogue.model_copy(update={"survey": 1.0, "survey_comments": True})
    engine = site.engine
    desk = engine.desk
    asking = type(engine)(desk.directory, desk.enquiry_list, desk.site, rules, skills=desk.skills)
    site = replace(site, settings=site.settings.model_copy(update={"dialogue": rules}), engine=asking)
    phone = make_phone(site=site)
    phone.service.stream_url = lambda: STREAM
    yield phone
    site.store.close()


def _streams(root: Element) -> bool:
    return root.find("Connect/Stream") is not None


def _goes_on(phone: Any, root: Element, **form: str) -> Element:
    """Post what would have been heard to where the document goes on, as Twilio does where it listens itself."""
    found: Element = phone.document(phone.action(root).partition("?")[0], **form)
    return found


def test_a_payment_leaves_the_stream_and_comes_back(streaming: Any) -> None:
    """Amounts are heard by Twilio, cards by nobody; the next question is a stream's again."""
    root = streaming.dial()
    assert _streams(root)
    root = _goes_on(streaming, root, SpeechResult="pay my council tax", Confidence="0.95")
    assert _streams(root)
    root = _goes_on(streaming, root, Digits="1")
    assert _streams(root)
    root = _goes_on(streaming, root, Digits="12345678")
    assert root.find("Gather") is not None
    assert not _streams(root)
    root = _goes_on(streaming, root, SpeechResult="forty two pounds fifty", Confidence="0.95")
    assert _streams(root)
    root = _goes_on(streaming, root, Digits="1")
    assert root.find("Pay") is not None
    assert not _streams(root)
    root = streaming.document(streaming.action(root), Result="success", PaymentConfirmationCode="ch_1")
    assert _streams(root)


def test_a_comment_is_heard_by_twilio_and_kept_with_the_score(streaming: Any) -> None:
    """Its numbers are hidden, its score is counted, and the call ends as it would have ended."""
    root = _goes_on(streaming, streaming.dial(), SpeechResult="report a missed bin", Confidence="0.95")
    for keys in ("2", "2", "2"):
        root = _goes_on(streaming, root, Digits=keys)
    assert "how satisfied" in streaming.words(root)
    root = _goes_on(streaming, root, Digits="4")
    assert "We keep what you say" in streaming.words(root)
    assert not _streams(root)
    root = _goes_on(streaming, root, SpeechResult="Ring me on 07700 900 123, it was quick.", Confidence="0.95")
    assert root.find("Hangup") is not None
    record = streaming.record()
    assert (record.outcome, record.surveyed, record.satisfaction) == (Outcome.SIGNPOSTED, True, 4)
    database, ever = streaming.service.calls.site.store.database, Period(zone_named("Europe/London"))
    assert (count_surveys(database, ever).asked, count_surveys(database, ever).satisfied) == (1, 1)
    (comment,) = survey_comments(database, ever)
    assert comment.score == 4
    assert "it was quick" in comment.words
    assert "900" not in comment.words


def test_another_language_is_heard_by_twilio(make_site: Callable[..., Any], make_phone: Callable[..., Any]) -> None:
    """Our own recogniser knows one language: in a call held in another, Twilio listens, and is told in which."""
    from dataclasses import replace

    from ivr.dialogue.prompts import Prompts

    site = make_site()
    desk = site.engine.desk
    both = desk.site.model_copy(update={"languages": ("en-GB", "cy"), "recognised": ("cy",)})
    root = Path(__file__).parents[2]
    engine = Engine.over(replace(desk, site=both, tongues={"cy": load_tongue(root / "grammars", "cy")}))
    site = replace(site, engine=engine, prompts=Prompts.load(root / "grammars", "en-GB", ("cy",)))
    phone = make_phone(site=site)
    phone.service.stream_url = lambda: STREAM
    after = phone.dial()
    assert _streams(after)
    after = _goes_on(phone, after, Digits="2")
    assert not _streams(after)
    gather = after.find("Gather")
    assert gather is not None
    assert gather.get("language") == "cy-GB"
    after = _goes_on(phone, after, SpeechResult="talu fy nhreth gyngor", Confidence="0.95")
    assert "Hoffech chi dalu" in phone.words(after)
    site.store.close()

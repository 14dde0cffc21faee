"""Keeping a caller's request: what the dialogue gathered, with the number only the channel knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.records.privacy import withheld
from ivr.records.requests import Requests

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.dialogue.actions import FileRequest
    from ivr.model import CallFacts
    from ivr.records.store import Store

THIS_NUMBER = "this number"
"""What callers say for the number they ring from."""


def file_request(store: Store, facts: CallFacts, action: FileRequest, now: datetime) -> str:
    """Keep a request and return its reference; empty: a number is needed that the caller withholds.

    Raises RecordsError where it cannot be kept.
    """
    details = dict(action.details)
    if details.get("number") == THIS_NUMBER:
        if withheld(facts.caller):
            return ""
        details["number"] = facts.caller
    book = Requests(store.database)
    promised = action.promised
    return book.file(facts.call_id, action.enquiry, action.kind, action.title, details, now, promised=promised)

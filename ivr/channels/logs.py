"""Logs for machines: one JSON object a line, with the call's id, and no personal data.

Callers' words are never logged; numbers of six digits and more, which an error's own text might hold, are hidden.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from ivr.records.privacy import mask_words

CALL: ContextVar[str] = ContextVar("ivr_call", default="")
"""Id of the call that this request is about."""
PLAIN: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_EXTRA: Final = ("route", "status", "milliseconds", "turn")
"""What a record may carry beside its message."""


class JsonLines(logging.Formatter):
    """Writes each record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write it."""
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask_words(record.getMessage()),
        }
        call_id = CALL.get() or _named(record)
        found |= {"call_id": call_id} if call_id else {}
        found |= {name: value for name in _EXTRA if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            found["exception"] = mask_words(self.formatException(record.exc_info))
        return json.dumps(found, ensure_ascii=False)


class Masked(logging.Formatter):
    """Writes each record as a line for people, numbers hidden."""

    def format(self, record: logging.LogRecord) -> str:
        """Write it."""
        return mask_words(super().format(record))


def set_up(level: int, *, as_json: bool) -> None:
    """Have everything logged to standard error from here on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else Masked(PLAIN))
    logging.basicConfig(level=level, handlers=[handler])


def _named(record: logging.LogRecord) -> str:
    """Return the id of the call that a message names first: "call %s: ..."."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    return str(arguments[0]) if record.msg.__class__ is str and record.msg.startswith("call %s") and arguments else ""

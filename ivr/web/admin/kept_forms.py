"""A form that arrives when its session has ended is not lost: it travels with the sign-in, and is shown again after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from flask import request

from ivr.web.admin.office import page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_NEVER: Final = frozenset({"form_key", "password", "again", "current", "code", "secret"})
"""Fields that are not sent back to the browser."""


def ask_to_sign_in(*, signed_in: bool) -> ResponseReturnValue:
    """Answer a post whose session is over (or whose form is another session's) without losing what was typed."""
    kept = kept_fields()
    if signed_in:
        return page("resume.html", fields=kept, target=safe_target(here())), 403
    files = bool(request.files)
    return page("sign_in.html", next=here(), kept=json.dumps(kept), files=files, over=True), 401


def kept_fields() -> list[tuple[str, str]]:
    """Return the fields of this request's form that may be kept."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _NEVER]


def read_kept(text: str) -> list[tuple[str, str]]:
    """Read fields as `ask_to_sign_in` wrote them; none where the text is not of its making."""
    try:
        found = json.loads(text or "[]")
        return [(str(name), str(value)) for name, value in found if str(name) not in _NEVER]
    except (ValueError, TypeError):
        return []


def home() -> str:
    """Return the address of our pages: of this site's, where there are several."""
    return f"{request.script_root}/admin/"


def here() -> str:
    """Return the address of this request, as a browser has it."""
    return request.script_root + request.full_path.rstrip("?")


def safe_target(wanted: str) -> str:
    """Return an address of our own pages, whatever was asked for."""
    ours = wanted.startswith(home()) and "\\" not in wanted and "//" not in wanted and wanted.isprintable()
    return wanted.rstrip("?") if ours else home()

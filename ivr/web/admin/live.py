"""Making a version live, from the pages and the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.dialogue.prompts import Prompts
from ivr.dialogue.reworded import reworded_prompts
from ivr.directory.load import active_directory, active_wording
from ivr.directory.versions import active_version, versions
from ivr.directory.wording import Wording, change_wording
from ivr.errors import InputError

if TYPE_CHECKING:
    from ivr.directory.versions import Version
    from ivr.records.shelf import Shelf

LONGEST_NOTICE: Final = 300
"""Letters of an urgent message: twenty seconds of speech."""


def keep_live(shelf: Shelf, by: str, why: str, wording: Wording) -> Version:
    """Keep what is live as a version once more, with other words."""
    loaded = active_directory(shelf.settings)
    live = next((v.source for v in versions(shelf.folder) if v.active), loaded.summary.source)
    return shelf.keep(loaded, live, by, why, wording)


def keep_what_is(shelf: Shelf) -> None:
    """Before the first version goes live, keep what calls are routed against now, so that one can go back to it."""
    if not active_version(shelf.folder):
        kept = keep_live(shelf, "", "as it was before versions were kept here", Wording())
        shelf.activate(kept.version, over="")


def publish_notice(shelf: Shelf, text: str, by: str) -> Version:
    """Have every caller hear an urgent message first, from now on; empty: no longer. Live at once.

    Nothing else that is being changed goes along. Raises InputError for a message that is too long.
    """
    settings, text = shelf.settings, " ".join(text.split())
    if len(text) > LONGEST_NOTICE:
        raise InputError(f"the message has {len(text)} letters, and {LONGEST_NOTICE} are enough", todo="shorten it")
    prompts = Prompts.load(settings.path(settings.grammar.folder), settings.site.language)
    reworded_prompts(prompts, Wording(notice=text))
    keep_what_is(shelf)
    change_wording(shelf.folder, lambda wording: replace(wording, notice=text))
    was = active_version(shelf.folder)
    words = replace(active_wording(settings), notice=text)
    kept = keep_live(shelf, by, f"urgent message: {text or 'none'}", words)
    return shelf.activate(kept.version, over=was)

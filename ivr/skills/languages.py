"""What a site says and understands in each of its languages, put into its dialogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.dialogue.tongue import load_tongue
from ivr.grammar.enquiries import load_translated

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.dialogue.engine import Engine


def speaking(engine: Engine, folder: Path) -> Engine:
    """Return a dialogue with the words of all its site's languages, from the folder of the grammars.

    Raises GrammarError.
    """
    site, enquiries = engine.desk.site, engine.desk.enquiry_list
    others = [language for language in dict.fromkeys(site.languages) if language != site.language]
    tongues = {language: load_tongue(folder, language) for language in (site.language, *others)}
    return engine.speaking(tongues, {language: load_translated(folder, language, enquiries) for language in others})

"""`ivr history`: who callers are put through to, for recognition to expect them."""

from __future__ import annotations

from typing import Annotated

import typer


def history(
    days: Annotated[int, typer.Option("--days", min=1, help="Calls of so many days.")] = 180,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Count who callers were put through to, and have them expected a little more from the next start on.

    Writes the file `[matching] history` names. Run it as often as the directory is loaded; without it everybody is
    equally likely.
    """
    import json
    from datetime import UTC, datetime, timedelta

    from ivr.match.history import write_history
    from ivr.records.database import Database
    from ivr.records.popularity import transfers
    from ivr.settings import load_settings

    settings = load_settings()
    database = Database(settings.database_url, create=False)
    try:
        found = transfers(database, datetime.now(UTC) - timedelta(days=days))
    finally:
        database.close()
    path = settings.path(settings.matching.history)
    write_history(path, found)
    if as_json:
        typer.echo(json.dumps(dict(found), indent=2))
    else:
        typer.echo(f"{path}: {sum(found.values()):,} calls to {len(found):,} entries in {days} days")

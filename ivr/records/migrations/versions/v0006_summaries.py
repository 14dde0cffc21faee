"""What a report counts by beside outcomes, and months counted once: kept until a call of theirs changes.

Triggers drop a month's summary in the same transaction that changes one of its calls, whoever writes; so what is
kept always equals what counting again would give.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_COUNTS = ("utterances", "accepted", "confirmed", "offered_choice", "rejected", "declined", "silent", "keyed")
_COUNTED = (
    "started", "ended", "outcome", "channel", "entry_id", "entry_name", "department", "enquiry_id", "skill", "language",
    "engine", "directory_version", "dial_status", "answer_seconds", "talk_seconds", "wrong_transfer", "texts",
    "surveyed", "satisfaction", "in_hours", "first_try", *_COUNTS,
)  # fmt: skip
"""Columns of a call that its month's summary depends on."""
_SOON = (120_000_000, 86_400_000_000)
"""Of the caller's next call, all that matters is whether it came this soon, in microseconds."""
_DROP = "DELETE FROM summaries WHERE first <= {at} AND {at} < last"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "summaries",
        sa.Column("zone", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("shape", sa.Text, nullable=False, server_default=""),
        sa.Column("token", sa.Text, nullable=False, server_default=""),
        sa.Column("content", sa.Text, nullable=False, server_default=""),
    )
    op.add_column("calls", sa.Column("in_hours", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("calls", sa.Column("first_try", sa.Text, nullable=False, server_default=""))
    for name in _COUNTS:
        op.add_column("calls", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.add_column("turns", sa.Column("command", sa.Text, nullable=False, server_default=""))
    _recount()
    if op.get_bind().dialect.name == "postgresql":
        _triggers_postgresql()
    else:
        _triggers_sqlite()


def _recount() -> None:
    """Count the turns of the calls there are; answers to questions were not kept before."""
    said = {
        "utterances": "decision IS NOT NULL",
        "accepted": "decision = 'accept'",
        "confirmed": "decision = 'confirm'",
        "offered_choice": "decision = 'choose'",
        "rejected": "decision = 'reject'",
        "silent": "decision IS NULL AND keyed = ''",
        "keyed": "keyed <> ''",
    }
    for name, which in said.items():
        counted = f"(SELECT count(*) FROM turns WHERE turns.call_id = calls.call_id AND {which})"  # noqa: S608
        op.execute(f"UPDATE calls SET {name} = {counted}")  # noqa: S608 (nothing but the names above)


def _changed(differs: str) -> str:
    soon = (f"coalesce({{row}}.next_started - {{row}}.ended <= {span}, false)" for span in _SOON)
    plain = [f"OLD.{name} {differs} NEW.{name}" for name in _COUNTED]
    return " OR ".join([*plain, *(f"{s.format(row='OLD')} {differs} {s.format(row='NEW')}" for s in soon)])


def _triggers_sqlite() -> None:
    drops = {row: _DROP.format(at=f"{row}.started") for row in ("OLD", "NEW")}
    one = "(SELECT started FROM calls WHERE call_id = {row}.call_id)"
    op.execute(
        f"CREATE TRIGGER summaries_call_added AFTER INSERT ON calls WHEN NEW.outcome IS NOT NULL "
        f"BEGIN {drops['NEW']}; END"
    )
    op.execute(
        f"CREATE TRIGGER summaries_call_changed AFTER UPDATE ON calls WHEN {_changed('IS NOT')} "
        f"BEGIN {drops['OLD']}; {drops['NEW']}; END"
    )
    op.execute(f"CREATE TRIGGER summaries_call_removed AFTER DELETE ON calls BEGIN {drops['OLD']}; END")
    for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER summaries_review_{event.lower()} AFTER {event} ON reviews "
            f"BEGIN {_DROP.format(at=one.format(row=row))}; END"
        )


def _triggers_postgresql() -> None:
    function = (
        "CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN "
        "IF TG_OP <> 'INSERT' THEN {old}; END IF; IF TG_OP <> 'DELETE' THEN {new}; END IF; "
        "RETURN NULL; END $$ LANGUAGE plpgsql"
    )
    one = "(SELECT started FROM calls WHERE call_id = {row}.call_id)"
    for name, at in (("summaries_drop_call", "{row}.started"), ("summaries_drop_review", one)):
        drops = {row: _DROP.format(at=at.format(row=row.upper())) for row in ("old", "new")}
        op.execute(function.format(name=name, **drops))
    each = "FOR EACH ROW {when} EXECUTE FUNCTION {function}()"
    for event, when in (
        ("INSERT", "WHEN (NEW.outcome IS NOT NULL)"),
        ("UPDATE", f"WHEN ({_changed('IS DISTINCT FROM')})"),
        ("DELETE", ""),
    ):
        op.execute(
            f"CREATE TRIGGER summaries_call_{event.lower()} AFTER {event} ON calls "
            + each.format(when=when, function="summaries_drop_call")
        )
    op.execute(
        "CREATE TRIGGER summaries_review AFTER INSERT OR UPDATE OR DELETE ON reviews "
        + each.format(when="", function="summaries_drop_review")
    )


def downgrade() -> None:
    """Remove them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION summaries_drop_call() CASCADE")
        op.execute("DROP FUNCTION summaries_drop_review() CASCADE")
    else:
        for name in ("call_added", "call_changed", "call_removed", "review_insert", "review_update", "review_delete"):
            op.execute(f"DROP TRIGGER summaries_{name}")
    op.drop_column("turns", "command")
    for name in ("in_hours", "first_try", *_COUNTS):
        op.drop_column("calls", name)
    op.drop_table("summaries")

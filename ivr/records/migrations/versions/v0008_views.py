"""Views for the organisation's own tools: no caller, no words. And reports read calls by their time alone."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

_AT = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%fZ', {0} / 1000000.0, 'unixepoch')",
    "postgresql": "to_timestamp({0} / 1000000.0)",
}
_CALLS = (
    "call_id", "@started", "@ended", "(ended - started) / 1000000.0 AS seconds", "channel", "language", "in_hours",
    "outcome", "outcome IN ('completed', 'signposted') AS contained",
    "outcome IN ('completed', 'signposted', 'transferred') AS automated",
    "outcome IN ('operator_requested', 'operator_fallback') AS bailed",
    "(next_started - ended) / 1000000.0 AS called_again_after", "entry_id", "entry_name", "department", "enquiry_id",
    "skill", "dial_status", "answer_seconds", "talk_seconds", "wrong_transfer", "texts", "surveyed", "satisfaction",
    "engine", "directory_version", "utterances", "accepted", "confirmed", "offered_choice", "rejected", "declined",
    "silent", "keyed", "first_try",
)  # fmt: skip
_TURNS = (
    "call_id", "turn", "@at", "expect", "state", "decision", "command", "confidence", "engine", "audio_seconds",
    "decode_seconds",
)  # fmt: skip
_REQUESTS = ("reference", "call_id", "enquiry", "kind", "title", "@created", "status", "attempts", "@delivered",
             "@promised", "@done")  # fmt: skip
_VIEWS = (
    ("bi_calls", "calls", _CALLS, " WHERE outcome IS NOT NULL"),
    ("bi_turns", "turns", _TURNS, ""),
    ("bi_requests", "requests", _REQUESTS, ""),
)


def upgrade() -> None:
    """Create them."""
    at = _AT[op.get_bind().dialect.name]
    for view, table, columns, which in _VIEWS:
        shown = (f"{at.format(c[1:])} AS {c[1:]}" if c.startswith("@") else c for c in columns)
        op.execute(f"CREATE VIEW {view} AS SELECT {', '.join(shown)} FROM {table}{which}")  # noqa: S608 (as above)
    op.drop_index("ix_calls_report", "calls")
    op.create_index("ix_calls_started", "calls", ["started"])


def downgrade() -> None:
    """Remove them."""
    for view, *_ in _VIEWS:
        op.execute(f"DROP VIEW {view}")
    op.drop_index("ix_calls_started", "calls")
    counted = ["ended", "next_started", "wrong_transfer", "entry_id", "entry_name", "department", "enquiry_id"]
    op.create_index("ix_calls_report", "calls", ["started", "outcome", *counted])

"""The first tables: calls, turns, sessions and their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def upgrade() -> None:
    """Create them."""
    _calls()
    _turns()
    _sessions()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.Text, primary_key=True),
        _text("channel"),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        _text("caller_key"),
        _text("caller_masked"),
        sa.Column("next_started", sa.BigInteger, nullable=True),
        _text("entry_id"),
        _text("entry_name"),
        _text("department"),
        _text("enquiry_id"),
        _text("reason"),
        _text("directory_version"),
        _text("engine"),
        _text("language", "en-GB"),
        _text("dial_status"),
        sa.Column("answer_seconds", sa.Double, nullable=True),
        sa.Column("talk_seconds", sa.Double, nullable=True),
        sa.Column("wrong_transfer", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_calls_caller", "calls", ["caller_key", "started", "call_id"])
    counted = ["ended", "next_started", "wrong_transfer", "entry_id", "entry_name", "department", "enquiry_id"]
    op.create_index("ix_calls_report", "calls", ["started", "outcome", *counted])


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        _text("expect"),
        _text("state"),
        _text("heard"),
        _text("keyed"),
        sa.Column("confidence", sa.Double, nullable=True),
        sa.Column("decision", sa.String(20), nullable=True),
        _text("candidates", "[]"),
        _text("why"),
        _text("engine"),
        sa.Column("audio_seconds", sa.Double, nullable=False, server_default="0"),
        sa.Column("decode_seconds", sa.Double, nullable=False, server_default="0"),
        _text("audio"),
    )
    op.create_index("ix_turns_decision_at", "turns", ["decision", "at"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sessions_updated", "sessions", ["updated"])
    op.create_table(
        "answers",
        sa.Column("call_id", sa.Text, sa.ForeignKey("sessions.call_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("request_key", sa.Text, nullable=True),
        sa.Column("answer", sa.Text, nullable=False),
        sa.UniqueConstraint("call_id", "request_key", name="uq_answers_request_key"),
    )


def downgrade() -> None:
    """Remove them, and all records with them."""
    for table in ("answers", "sessions", "turns", "calls"):
        op.drop_table(table)

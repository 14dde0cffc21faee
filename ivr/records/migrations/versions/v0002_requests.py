"""Requests with their delivery, and callers who go straight to a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "requests",
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        _text("enquiry"),
        _text("kind"),
        _text("title"),
        _text("details", "{}"),
        sa.Column("created", sa.BigInteger, nullable=False),
        _text("status", "waiting"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("delivered", sa.BigInteger, nullable=True),
        _text("fault"),
        sa.UniqueConstraint("key", name="uq_requests_key"),
    )
    op.create_index("ix_requests_due", "requests", ["status", "due"])
    op.create_table(
        "direct_callers",
        sa.Column("caller_key", sa.Text, primary_key=True),
        _text("note"),
        sa.Column("added", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Remove them, and all requests with them."""
    op.drop_table("direct_callers")
    op.drop_table("requests")

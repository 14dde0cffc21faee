"""Transfers of the last hours, for the caps on them, and which site of an installation handed a caller over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "dials",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("entry_id", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("pence", sa.Double, nullable=False, server_default="0"),
    )
    op.create_index("ix_dials_at", "dials", ["at"])
    op.add_column("calls", sa.Column("handed_from", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("calls", "handed_from")
    op.drop_table("dials")

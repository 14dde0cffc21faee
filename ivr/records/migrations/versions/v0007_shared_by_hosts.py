"""What several hosts share: directory versions, the pointer to the active one, and which lines were replayed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "directory_versions",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("staged", sa.Text, nullable=False),
        sa.Column("meta", sa.Text, nullable=False),
        sa.Column("entries", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "directory_pointer",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("active", sa.Text, nullable=False),
        sa.Column("past", sa.Text, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
    )
    op.create_table(
        "replayed",
        sa.Column("line", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("replayed", "directory_pointer", "directory_versions"):
        op.drop_table(table)

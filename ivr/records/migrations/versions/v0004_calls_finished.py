"""How a call was dealt with and what its caller thought of that; what was promised to whom, and when it was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_CALLS = (
    ("skill", sa.Text, False, ""),
    ("texts", sa.Integer, False, "0"),
    ("surveyed", sa.Boolean, False, sa.false()),
    ("satisfaction", sa.Integer, True, None),
)
_REQUESTS = (("promised", sa.BigInteger, True, None), ("done", sa.BigInteger, True, None))


def upgrade() -> None:
    """Create them."""
    for table, columns in (("calls", _CALLS), ("requests", _REQUESTS)):
        for name, kind, nullable, default in columns:
            op.add_column(table, sa.Column(name, kind, nullable=nullable, server_default=default))


def downgrade() -> None:
    """Remove them."""
    for table, columns in (("requests", _REQUESTS), ("calls", _CALLS)):
        for name, *_ in columns:
            op.drop_column(table, name)

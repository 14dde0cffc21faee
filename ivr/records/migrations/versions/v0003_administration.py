"""People who sign in to the administration pages, their sessions, what they did, and their reviews of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_REFUSES = "the audit log is only ever added to"


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def upgrade() -> None:
    """Create the tables, and have the database itself refuse changes to the audit log."""
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text, primary_key=True),
        _text("shown"),
        _text("role"),
        _text("source", "local"),
        _text("password"),
        _text("secret"),
        sa.Column("last_code", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("locked_until", sa.BigInteger, nullable=True),
        sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "signed_in",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, sa.ForeignKey("accounts.name", ondelete="CASCADE"), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        _text("said"),
    )
    op.create_table(
        "audit_log",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        _text("who"),
        _text("action"),
        _text("subject"),
        _text("detail"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reviews",
        sa.Column("call_id", sa.Text, sa.ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("right", sa.Boolean, nullable=False),
        _text("meant"),
        _text("note"),
        _text("by"),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_log_refuse() RETURNS trigger AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSES}'; END $$ LANGUAGE plpgsql"
        )
        op.execute(
            "CREATE TRIGGER audit_log_kept BEFORE UPDATE OR DELETE ON audit_log "
            "FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_log_no_{event.lower()} BEFORE {event} ON audit_log "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSES}'); END"
        )


def downgrade() -> None:
    """Remove them, the audit log with them."""
    for table in ("reviews", "audit_log", "signed_in", "accounts"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_refuse()")

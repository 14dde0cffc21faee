"""Steps that bring an older records database up to date (alembic)."""

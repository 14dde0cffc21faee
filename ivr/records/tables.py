"""The tables of the records database, the same on SQLite and PostgreSQL.

The migrations under `migrations/` make them; a test holds the two together.
"""

from __future__ import annotations

import sqlalchemy as sa

from ivr.model import Decision, Outcome
from ivr.records.columns import CandidateList, Line, Moment, Named

HEAD = "0008"
"""Newest migration; a database that says so needs none."""

HEARING = ("utterances", "accepted", "confirmed", "offered_choice", "rejected", "declined", "silent", "keyed")
"""Counts of a call's turns that are kept with the call."""

metadata = sa.MetaData()


def _line(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, Line, nullable=False, server_default=default)


calls = sa.Table(
    "calls",
    metadata,
    sa.Column("call_id", Line, primary_key=True),
    _line("channel"),
    sa.Column("started", Moment, nullable=False),
    sa.Column("ended", Moment, nullable=False),
    sa.Column("outcome", Named(Outcome), nullable=True),
    _line("caller_key"),
    _line("caller_masked"),
    # When the same caller's next call began. Kept beside the call, so that strict containment needs no
    # search, and stays true when the caller's key has been erased.
    sa.Column("next_started", Moment, nullable=True),
    _line("entry_id"),
    _line("entry_name"),
    _line("department"),
    _line("enquiry_id"),
    _line("reason"),
    _line("directory_version"),
    _line("engine"),
    _line("language", "en-GB"),
    _line("dial_status"),
    sa.Column("answer_seconds", sa.Double, nullable=True),
    sa.Column("talk_seconds", sa.Double, nullable=True),
    sa.Column("wrong_transfer", sa.Boolean, nullable=False, server_default=sa.false()),
    _line("skill"),
    sa.Column("texts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("surveyed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("satisfaction", sa.Integer, nullable=True),
    _line("handed_from"),
    sa.Column("in_hours", sa.Boolean, nullable=False, server_default=sa.true()),
    # What was heard, counted from the turns when the call ends: see `ivr.records.hearing`.
    _line("first_try"),
    *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in HEARING),
    sa.Index("ix_calls_caller", "caller_key", "started", "call_id"),
    sa.Index("ix_calls_started", "started"),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("call_id", Line, sa.ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    _line("expect"),
    _line("state"),
    _line("heard"),
    _line("keyed"),
    sa.Column("confidence", sa.Double, nullable=True),
    sa.Column("decision", Named(Decision), nullable=True),
    sa.Column("candidates", CandidateList, nullable=False, server_default="[]"),
    _line("why"),
    _line("engine"),
    sa.Column("audio_seconds", sa.Double, nullable=False, server_default="0"),
    sa.Column("decode_seconds", sa.Double, nullable=False, server_default="0"),
    _line("audio"),
    _line("command"),
    sa.Index("ix_turns_decision_at", "decision", "at"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("call_id", Line, primary_key=True),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("state", Line, nullable=False),
    sa.Column("updated", Moment, nullable=False, index=True),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("call_id", Line, sa.ForeignKey("sessions.call_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("request_key", Line, nullable=True),
    sa.Column("answer", Line, nullable=False),
    sa.UniqueConstraint("call_id", "request_key", name="uq_answers_request_key"),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("reference", Line, primary_key=True),
    sa.Column("call_id", Line, nullable=False),
    # The call, the enquiry and the details: the same request filed twice is one.
    sa.Column("key", Line, nullable=False),
    _line("enquiry"),
    _line("kind"),
    _line("title"),
    _line("details", "{}"),
    sa.Column("created", Moment, nullable=False),
    _line("status", "waiting"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due", Moment, nullable=False),
    sa.Column("delivered", Moment, nullable=True),
    _line("fault"),
    sa.Column("promised", Moment, nullable=True),
    sa.Column("done", Moment, nullable=True),
    sa.UniqueConstraint("key", name="uq_requests_key"),
    sa.Index("ix_requests_due", "status", "due"),
)

direct_callers = sa.Table(
    "direct_callers",
    metadata,
    sa.Column("caller_key", Line, primary_key=True),
    _line("note"),
    sa.Column("added", Moment, nullable=False),
)

dials = sa.Table(
    "dials",
    metadata,
    sa.Column("call_id", Line, primary_key=True),
    sa.Column("entry_id", Line, primary_key=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("pence", sa.Double, nullable=False, server_default="0"),
)

accounts = sa.Table(
    "accounts",
    metadata,
    # As typed to sign in, case folded.
    sa.Column("name", Line, primary_key=True),
    _line("shown"),
    _line("role"),
    # "local", or the address of the provider that vouches for it.
    _line("source", "local"),
    # Its hash (argon2id); empty: signs in elsewhere.
    _line("password"),
    # Of the second factor (base32); empty: none.
    _line("secret"),
    # Interval of the last code used, so that none is used twice.
    sa.Column("last_code", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("locked_until", Moment, nullable=True),
    sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created", Moment, nullable=False),
)

signed_in = sa.Table(
    "signed_in",
    metadata,
    # Hash of the cookie: whoever reads the table cannot sign in with it.
    sa.Column("key", Line, primary_key=True),
    sa.Column("name", Line, sa.ForeignKey("accounts.name", ondelete="CASCADE"), nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("seen", Moment, nullable=False),
    # What the next page says at its top.
    _line("said"),
)

# The database itself refuses to change or delete its rows: see the migration.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False),
    _line("who"),
    _line("action"),
    _line("subject"),
    _line("detail"),
    sqlite_autoincrement=True,
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("call_id", Line, sa.ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True),
    # 0: the call as a whole.
    sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("right", sa.Boolean, nullable=False),
    # Entry or enquiry that the caller wanted, where a person knows.
    _line("meant"),
    _line("note"),
    _line("by"),
    sa.Column("at", Moment, nullable=False),
)

# Months counted once. Triggers drop a month when a call of it changes: see the migration.
summaries = sa.Table(
    "summaries",
    metadata,
    sa.Column("zone", Line, primary_key=True),
    sa.Column("month", Line, primary_key=True),
    # Microseconds since 1970 UTC.
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    # What was counted: another release counts again.
    _line("shape"),
    _line("token"),
    _line("content"),
)

directory_versions = sa.Table(
    "directory_versions",
    metadata,
    sa.Column("version", Line, primary_key=True),
    sa.Column("staged", Line, nullable=False),
    # As in the version's folder: meta.json, and entries.json compressed (zlib).
    sa.Column("meta", Line, nullable=False),
    sa.Column("entries", sa.LargeBinary, nullable=False),
)

directory_pointer = sa.Table(
    "directory_pointer",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("active", Line, nullable=False),
    sa.Column("past", Line, nullable=False),
    # Counts activations, so that a host sees that something changed even where it changed back.
    sa.Column("changes", sa.Integer, nullable=False),
)

replayed = sa.Table(
    "replayed",
    metadata,
    sa.Column("line", Line, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

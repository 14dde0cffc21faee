"""Where a site's requests go, as its settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.errors import SettingsError
from ivr.records.outbox import CsvDrop, EmailDrop, Webhook, check_url

if TYPE_CHECKING:
    from ivr.records.outbox import Sink
    from ivr.settings import Settings


def make_sink(settings: Settings) -> Sink:
    """Make what `[requests]` says requests are delivered with. Raises SettingsError."""
    asked, where = settings.requests, str(settings.root / "ivr.toml")
    secret = settings.secrets.webhook_secret.get_secret_value()
    if asked.deliver == "csv":
        return CsvDrop(settings.path(asked.folder))
    if asked.deliver == "email":
        if not asked.email:
            raise SettingsError("`requests.email` is empty", where=where, todo="say whom the e-mails are for")
        return EmailDrop(settings.path(asked.folder), asked.email)
    if asked.deliver == "webhook":
        check_url(asked.webhook)
        if not secret:
            raise SettingsError("no IVR_WEBHOOK_SECRET to sign with", todo="set it in the environment")
        return Webhook(asked.webhook, secret)
    raise SettingsError("`requests.deliver` is empty: nothing says where to", where=where,
                        todo='set it to "webhook", "csv" or "email"')  # fmt: skip

"""Text messages to callers, by Twilio's REST service: the link to what they asked about.

Only to mobiles, only from the service's own number, never twice for one call and enquiry, and never to a
number that has said STOP (Twilio refuses those with error 21610, and we remember it for the day). What Twilio refuses
is told to the caller; what it cannot take now, because it cannot be reached, is sent within the hour.

Source: twilio.com/docs/messaging/api/message-resource, and /docs/api/errors for the numbers.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ivr.errors import RecordsError
from ivr.records.privacy import mask

if TYPE_CHECKING:
    from twilio.rest import Client

    from ivr.channels.late_texts import LateText, LateTexts
    from ivr.records.sessions import Sessions
    from ivr.settings import Settings

LONGEST = 480
"""Characters of a text: three parts on any phone."""
SECONDS = 5.0
"""Time Twilio has to take a text; the caller is waiting."""
STOPPED = 21610
"""Twilio's error for a number that has opted out."""
FORGET_AFTER = 86_400.0
"""Seconds an opt-out is remembered here; Twilio remembers it for good."""
# British mobiles are 07 without 070 (personal numbers) and 076 (pagers, but for the Isle of Man's 07624).
_BRITISH_MOBILE = re.compile(r"\+447(?:[1-57-9]\d{8}|624\d{6})")

log = logging.getLogger(__name__)


def is_mobile(number: str) -> bool:
    """Say whether an E.164 number takes text messages. Fictional numbers of the mobile ranges do.

    >>> is_mobile("+447700900123"), is_mobile("+441632960123"), is_mobile("+447012345678"), is_mobile("anonymous")
    (True, False, False, False)
    """
    if number.startswith("+44"):
        return _BRITISH_MOBILE.fullmatch(number) is not None
    import phonenumbers  # noqa: PLC0415 (slow to import, and most callers are British)

    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
    types = phonenumbers.PhoneNumberType
    return kind in {types.MOBILE, types.FIXED_LINE_OR_MOBILE}


@dataclass
class Messages:
    """Sends text messages for one site. Safe to share between threads."""

    client: Client | None
    """None: no account is configured, and every message fails."""
    sender: str
    sessions: Sessions | None = None
    """Remembers, for all servers, which messages were sent; None: only this process does."""
    late: LateTexts | None = None
    """Keeps what Twilio cannot take now; None: it is not sent."""
    _stopped: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, sessions: Sessions | None = None, late: LateTexts | None = None) -> Messages:
        """Make the sender that the settings and the environment describe."""
        return cls(rest_client(settings), settings.telephony.number, sessions, late)

    def send(self, call_id: str, enquiry: str, to: str, body: str) -> bool:
        """Send the text of one enquiry to one caller; True: Twilio took it, now or earlier in this call, or will."""
        why = self._unable(to, body)
        if why:
            log.warning("text about %s not sent: %s", enquiry, why)
            return False
        if not self._first(call_id, enquiry):
            return True
        text = body[:LONGEST]
        try:
            return self._post(to, text, enquiry)
        except ConnectionError:
            return self.late is not None and self.late.keep(to, text, enquiry, datetime.now(UTC))

    def send_late(self) -> int:
        """Send what Twilio could not take when it was asked for; return how many messages were dealt with."""
        if self.late is None or self.client is None:
            return 0

        def post(text: LateText) -> bool:
            try:
                self._post(text.to, text.body, text.enquiry)
            except ConnectionError:
                return False
            return True

        return self.late.send(post, datetime.now(UTC))

    def _unable(self, to: str, body: str) -> str:
        if self.client is None or not self.sender:
            return "no Twilio account or number is configured"
        if not is_mobile(to):
            return "the caller's number is not a mobile"
        if not body.strip():
            return "it has no text"
        if monotonic() - self._stopped.get(to, -FORGET_AFTER) < FORGET_AFTER:
            return "the caller has opted out"
        return ""

    def _first(self, call_id: str, enquiry: str) -> bool:
        """Claim this message, so that a repeated request or another server does not send it again."""
        if self.sessions is None:
            return True
        try:
            return self.sessions.advance(f"{call_id} text {enquiry}", 0, "", "").won
        except RecordsError as error:
            log.warning("text about %s: %s", enquiry, error)
            return True

    def _post(self, to: str, body: str, enquiry: str) -> bool:
        """Give a text to Twilio; returns whether it took it. Raises ConnectionError where it cannot be reached."""
        from requests import RequestException  # noqa: PLC0415 (comes with twilio's client, which is slow to import)
        from twilio.base.exceptions import TwilioException, TwilioRestException  # noqa: PLC0415

        assert self.client is not None  # noqa: S101 (`_unable` said so)
        try:
            sent = self.client.messages.create(to=to, from_=self.sender, body=body)
        except TwilioRestException as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise ConnectionError from error
            if error.code == STOPPED:
                self._stopped[to] = monotonic()
            log.warning("text about %s to %s refused: error %s", enquiry, mask(to), error.code)
            return False
        except (TwilioException, RequestException, ValueError) as error:
            log.warning("text about %s to %s failed: %s", enquiry, mask(to), type(error).__name__)
            raise ConnectionError from error
        return sent.status not in {"failed", "undelivered", "canceled"}


def rest_client(settings: Settings) -> Client | None:
    """Make the client of Twilio's REST service; None: the environment names no account."""
    tokens = settings.secrets.twilio_auth_tokens
    if not (settings.secrets.twilio_account_sid and tokens):
        return None
    from twilio.rest import Client  # noqa: PLC0415 (slow to import)

    phone = settings.telephony
    return Client(
        settings.secrets.twilio_account_sid,
        tokens[0].get_secret_value(),
        region=phone.region or None,
        edge=phone.edge or None,
        http_client=_http(phone.rest_url),
    )


def _http(rest_url: str) -> Any:
    from twilio.http.http_client import TwilioHttpClient  # noqa: PLC0415 (slow to import)

    class Elsewhere(TwilioHttpClient):  # type: ignore[misc] # the library is untyped
        """Sends to `rest_url` what is meant for Twilio."""

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            if rest_url:
                parts = urlsplit(url)
                url = rest_url.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")
            return super().request(method, url, *args, **kwargs)

    return Elsewhere(timeout=SECONDS, max_retries=0)

"""The sound of what callers say about their score, where the site keeps recordings: by Twilio's recording of the call.

It is begun with the question and ends with the call, or when a person takes over. Twilio listens to the words all the
while, so danger is heard there as everywhere. When the recording is ready, Twilio says so; it is fetched, kept beside
the other recordings under a name that stands with the turn (so retention, erasure and playing are theirs), and deleted
at Twilio.

Source: twilio.com/docs/voice/api/recording.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ivr.channels.messages import SECONDS, rest_client
from ivr.match.values import HIDDEN
from ivr.records.schedule import RECORDINGS
from ivr.records.surveys import COMMENTING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twilio.rest import Client

    from ivr.records.store import Store
    from ivr.settings import Settings

CALLBACK: Final = "/voice/recorded"
LARGEST: Final = 20_000_000
"""Bytes of a recording; ten minutes of a telephone line."""
_SID: Final = re.compile(r"RE[0-9A-Za-z]{1,64}")
_NOT_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Comments:
    """Records the comments of one site's callers. Safe to share between threads."""

    client: Client
    folder: Path
    callback: str
    """Public address that Twilio tells when a recording is ready."""
    rest_url: str = ""
    """Where recordings are fetched from instead of Twilio."""

    @classmethod
    def of(cls, settings: Settings) -> Comments | None:
        """Make what the settings describe; None: comments are kept as words alone."""
        wanted = settings.records.recordings and settings.dialogue.survey_comments and settings.secrets.public_url
        client = rest_client(settings) if wanted else None
        if client is None:
            return None
        mount = settings.place.mount if settings.place else ""
        address = f"{settings.secrets.public_url}{mount}{CALLBACK}"
        return cls(client, settings.path(RECORDINGS), address, settings.telephony.rest_url)

    def start(self, call_id: str) -> bool:
        """Begin to record the caller; True: it is being recorded."""

        def begin() -> object:
            return self.client.calls(call_id).recordings.create(
                recording_status_callback=self.callback, recording_status_callback_event=["completed"],
                recording_track="inbound", trim="trim-silence",
            )  # fmt: skip

        return self._did(begin, f"call {call_id}: the comment is not recorded")

    def stop(self, call_id: str) -> None:
        """End the recording: the caller goes on to a person."""
        self._did(
            lambda: self.client.calls(call_id).recordings("Twilio.CURRENT").update(status="stopped"),
            f"call {call_id}: the recording of the comment is not stopped",
        )

    def keep(self, form: Mapping[str, str], store: Store) -> bool:
        """Fetch the recording that Twilio tells of, keep it with its turn, and delete it at Twilio; True: it is kept.

        It is dropped where the call, or its words, are gone, and where a long number is among the words. Raises
        RecordsError.
        """
        call_id, sid = form.get("CallSid", ""), form.get("RecordingSid", "")
        if form.get("RecordingStatus") != "completed" or not _SID.fullmatch(sid):
            return False
        heard = next((turn.heard for turn in store.turns(call_id) if turn.state == COMMENTING), HIDDEN)
        kept = False
        if HIDDEN not in heard and (sound := self._fetched(sid)):
            name = f"{_NOT_NAME.sub('', call_id)}-comment.wav"
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / name).write_bytes(sound)
            (self.folder / name).chmod(0o600)
            kept = store.put_audio(call_id, COMMENTING, name)
            if not kept:
                (self.folder / name).unlink(missing_ok=True)
        self._did(self.client.recordings(sid).delete, f"recording {sid} is not deleted at Twilio: delete it there")
        return kept

    # --- inside ---

    def _fetched(self, sid: str) -> bytes:
        """Sound of a recording, a WAV file; empty: it could not be fetched."""
        import requests  # noqa: PLC0415 (comes with twilio's client, which is slow to import)

        account = f"/2010-04-01/Accounts/{self.client.username}/Recordings/{sid}.wav"
        address = self.rest_url.rstrip("/") + account if self.rest_url else self._own(account)
        try:
            answer = requests.get(address, auth=(self.client.username, self.client.password), timeout=SECONDS)
        except requests.RequestException as error:
            log.warning("recording %s is not fetched: %s", sid, type(error).__name__)
            return b""
        sound = answer.content
        if answer.status_code != HTTPStatus.OK or not sound.startswith(b"RIFF") or len(sound) > LARGEST:
            log.warning("recording %s is not fetched: %d, %d bytes", sid, answer.status_code, len(sound))
            return b""
        return sound

    def _own(self, path: str) -> str:
        host = urlsplit(self.client.get_hostname("https://api.twilio.com")).netloc
        return f"https://{host}{path}"

    def _did(self, do: Any, otherwise: str) -> bool:
        from requests import RequestException  # noqa: PLC0415 (as above)
        from twilio.base.exceptions import TwilioException  # noqa: PLC0415

        try:
            do()
        except (TwilioException, RequestException, ValueError) as error:
            log.warning("%s: %s", otherwise, type(error).__name__)
            return False
        return True

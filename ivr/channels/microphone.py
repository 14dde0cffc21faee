"""Microphone and loudspeaker as a telephone line: for trying the service at one's desk.

Sound goes through a `Device`; the one for real hardware imports sounddevice, and with it PortAudio, when it is opened.
Prompts are printed, and spoken where a recording of them or a speech program of this machine is at hand.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ivr.dialogue.events import Dialled, Paid
from ivr.errors import UnavailableError
from ivr.model import DialStatus, PayStatus, Recognition
from ivr.recognise.audio import RATE, read_wav, resample
from ivr.recognise.endpoint import Endpointer, Endpointing, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.dialogue.actions import Listen, TakePayment, Transfer
    from ivr.recognise.base import Recogniser, Samples

BLOCK_SECONDS = 0.1
_SPEAKERS = (("espeak-ng", ("-v", "en-gb", "-w")), ("flite", ("-o",)))
"""Speech programs and the options before the name of the WAV file they write."""
_LONGEST_SPEECH = 60.0


class Device(Protocol):
    """A microphone and a loudspeaker."""

    def listen(self) -> Iterator[Samples]:
        """Yield what the microphone hears from now on, 8 kHz, about a tenth of a second at a time."""
        ...

    def play(self, samples: Samples) -> None:
        """Play 8 kHz samples; returns when they have been heard."""
        ...


class Screen(Protocol):
    """Where the person at the desk sees what goes on."""

    def show(self, text: str) -> None:
        """Show a line."""
        ...

    def meter(self, level: float, stage: Stage) -> None:
        """Show the microphone's level, dB below full scale, and how far the utterance has come."""
        ...


class SoundDevice:
    """The machine's own microphone and loudspeaker."""

    def __init__(self) -> None:
        """Open them. Raises UnavailableError where PortAudio, a microphone or a loudspeaker is missing."""
        try:
            import sounddevice  # noqa: PLC0415 (loads PortAudio, which many servers do not have)
        except (ImportError, OSError) as error:
            raise UnavailableError(
                "no sound on this machine: PortAudio is missing; install it (Debian: apt-get install libportaudio2), "
                "or use `ivr chat`"
            ) from error
        self._sounddevice: Any = sounddevice
        with self._named_errors():
            self._rate_in = round(sounddevice.query_devices(kind="input")["default_samplerate"])
            self._rate_out = round(sounddevice.query_devices(kind="output")["default_samplerate"])

    def listen(self) -> Iterator[Samples]:
        """Yield what the microphone hears. Raises UnavailableError where it stops working."""
        block = round(self._rate_in * BLOCK_SECONDS)
        with (
            self._named_errors(),
            self._sounddevice.InputStream(self._rate_in, block, channels=1, dtype="int16") as stream,
        ):
            while True:
                heard, _ = stream.read(block)
                yield resample(heard[:, 0], self._rate_in, RATE)

    def play(self, samples: Samples) -> None:
        """Play samples. Raises UnavailableError where the loudspeaker does not work."""
        with self._named_errors():
            self._sounddevice.play(resample(samples, RATE, self._rate_out), self._rate_out, blocking=True)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise UnavailableError(
                f"no microphone or loudspeaker can be used ({error}); plug one in, or use `ivr chat`"
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a MicrophoneLine works with."""

    device: Device
    screen: Screen
    recogniser: Recogniser
    endpointing: Endpointing = field(default_factory=Endpointing)
    recording: Callable[[str], Path | None] = lambda _: None
    """Finds the recording of a prompt's words, if there is one."""
    speak: Callable[[str], Samples | None] = lambda _: None
    """Speaks words that are not recorded, if anything on this machine can."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class MicrophoneLine:
    """The person at the microphone as a caller. Raises UnavailableError where the sound stops working."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def now(self) -> datetime:
        """Return the time."""
        return self._desk.clock()

    def say(self, text: str) -> None:
        """Print the words, and play or speak them where that is possible."""
        self._desk.screen.show(text)
        recording = self._desk.recording(text)
        sound = read_wav(recording) if recording else self._desk.speak(text)
        if sound is not None:
            self._desk.device.play(sound)

    def listen(self, listen: Listen) -> Recognition:
        """Return what was said into the microphone."""
        desk = self._desk
        hearing = desk.recogniser.start(str(listen.expect), only=frozenset(listen.only))
        endpointer = Endpointer(replace(desk.endpointing, start_timeout=listen.seconds))
        for samples in desk.device.listen():
            hearing.feed(endpointer.feed(samples))
            desk.screen.meter(endpointer.level, endpointer.stage)
            if endpointer.done:
                break
        heard = hearing.finish()
        if endpointer.stage in {Stage.WAITING, Stage.TIMED_OUT}:
            return Recognition((), heard.engine, speech=False, decode_seconds=heard.decode_seconds)
        return heard

    def transfer(self, transfer: Transfer) -> Dialled:
        """Say where the call would go; at a desk every transfer is answered."""
        entry = transfer.entry
        self._desk.screen.show(f"[transferred to {entry.name}, {entry.number or 'no number'}]")
        return Dialled(self.now(), DialStatus.ANSWERED, answer_seconds=0.0, talk_seconds=0.0)

    def pay(self, payment: TakePayment) -> Paid:
        """Say what would be taken: only a telephone can take it."""
        what = f"£{payment.pence / 100:.2f} for {payment.takes}"
        self._desk.screen.show(f"[card payment of {what}: by telephone it is keyed to the payment provider]")
        return Paid(self.now(), PayStatus.CHARGED, "made-up")

    def hang_up(self) -> None:
        """End the call."""
        self._desk.screen.show("[call ended]")


def find_speaker() -> Callable[[str], Samples | None]:
    """Return what speaks text on this machine: espeak-ng or flite as a separate program, or nothing."""
    for name, options in _SPEAKERS:
        program = shutil.which(name)
        if program:
            return lambda text: _spoken(text, program, options)
    return nothing_speaks


def nothing_speaks(text: str) -> None:
    """Leave words unspoken: they are printed anyway."""
    del text


def _spoken(text: str, program: str, options: tuple[str, ...]) -> Samples | None:
    with tempfile.TemporaryDirectory() as folder:
        words, sound = Path(folder) / "words.txt", Path(folder) / "words.wav"
        words.write_text(text, encoding="utf-8")
        command = [program, *options, str(sound), "-f", str(words)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_LONGEST_SPEECH)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return None
        return read_wav(sound) if sound.exists() else None

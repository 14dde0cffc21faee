"""`ivr talk`: a call by microphone and loudspeaker."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Self

import typer

from ivr.cli.recognise import EngineName

if TYPE_CHECKING:
    from rich.live import Live

    from ivr.assembly import Site
    from ivr.channels.microphone import Desk, Device, Screen
    from ivr.model import CallRecord
    from ivr.recognise.endpoint import Stage

_METER_WIDTH = 40
_QUIETEST = -60.0


def talk(
    engine: Annotated[
        EngineName | None, typer.Option("--engine", help="Recogniser; without it, the settings'.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print prompts only; do not play or speak them.")] = False,
) -> None:
    """Call the service with this machine's microphone and loudspeaker; Ctrl-C hangs up.

    Needs PortAudio (Debian: apt-get install libportaudio2). Prompts are printed, and spoken where there is a
    recording of them or espeak-ng or flite is installed. Nothing is recorded.
    """
    from ivr.assembly import open_site
    from ivr.channels.microphone import SoundDevice

    device = SoundDevice()
    with _Terminal() as terminal:
        record = hold_call(open_site(), device, terminal, engine=engine, quiet=quiet)
    typer.echo(f"outcome: {record.outcome}" + (f" ({record.entry_name})" if record.entry_name else ""))


def hold_call(
    site: Site, device: Device, screen: Screen, *, engine: str | None = None, quiet: bool = False
) -> CallRecord:
    """Hold one call over `device` and return its record."""
    from ivr.channels.microphone import MicrophoneLine
    from ivr.channels.runner import Conversation, Parts
    from ivr.model import CallFacts

    parts = Parts(engine=site.engine, understander=site.understander, prompts=site.prompts)
    facts = CallFacts(call_id=f"desk-{uuid.uuid4().hex[:12]}", channel="microphone", started=datetime.now(UTC))
    return Conversation(parts, facts).run(MicrophoneLine(_desk(site, device, screen, engine=engine, quiet=quiet)))


def _desk(site: Site, device: Device, screen: Screen, *, engine: str | None, quiet: bool) -> Desk:
    from ivr.channels.microphone import Desk, find_speaker, nothing_speaks
    from ivr.recognise.endpoint import Endpointing

    recognition = site.settings.recognition
    endpointing = Endpointing(
        start_timeout=recognition.start_timeout,
        end_silence=recognition.end_silence,
        longest=recognition.longest_utterance,
    )
    return Desk(
        device=device,
        screen=screen,
        recogniser=site.recogniser(engine),
        endpointing=endpointing,
        speak=nothing_speaks if quiet else find_speaker(),
    )


class _Terminal:
    """Prompts as lines, the microphone's level as a bar below them."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(highlight=False)
        self._live: Live = Live(console=self._console, transient=True, refresh_per_second=10)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def show(self, text: str) -> None:
        """Print a line above the meter."""
        from rich.text import Text

        self._live.update("")
        self._console.print(Text(text))

    def meter(self, level: float, stage: Stage) -> None:
        """Draw the microphone's level."""
        share = min(max((level - _QUIETEST) / -_QUIETEST, 0.0), 1.0)
        bar = "#" * round(share * _METER_WIDTH)
        self._live.update(f"{stage.value:<9} |{bar:<{_METER_WIDTH}}|")

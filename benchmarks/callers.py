"""Callers for a load test, in one thread: each calls, says three things a few seconds apart, and hangs up.

Calls come in at a rate, whether the service keeps up or not, as real ones do: a slow service gets no rest.
"""

from __future__ import annotations

import asyncio
import random
import resource
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

WORDS = ("council tax please", "no", "missed bin collection", "yes", "could i speak to huw llewellyn please", "")
THINK = (3.0, 5.0)
"""Seconds between an answer and the caller's next words."""
TURNS = 3
PATIENCE = 15.0
"""Seconds after which Twilio gives a webhook up."""


@dataclass
class Seen:
    """What the callers saw."""

    seconds: list[float] = field(default_factory=list)
    """Time of each answer."""
    calls: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """Requests without a proper answer, by kind."""
    short: int = 0
    """Calls put straight through to an operator."""
    most: int = 0
    """Calls in progress, at most."""
    own_cpu: float = 0.0
    """Processor seconds that the callers took themselves."""

    def at(self, share: float) -> float:
        """Return a quantile of the times, ms."""
        took = sorted(self.seconds)
        return 1000 * took[min(len(took) - 1, int(share * len(took)))] if took else float("nan")


class Crowd:
    """Callers of one service."""

    def __init__(self, address: str, seed: int = 7) -> None:
        parts = urlsplit(address)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self.chance = random.Random(seed)
        self.numbered = int(time.time() * 1000) % 10**9
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.seen = Seen()
        self.now = 0

    def ring(self, rate: float, seconds: float) -> Seen:
        """Let `rate` calls a second come in for so long, and wait until they are over."""
        self.seen = Seen()
        before = resource.getrusage(resource.RUSAGE_SELF)
        asyncio.run(self._ring(rate, seconds))
        after = resource.getrusage(resource.RUSAGE_SELF)
        self.seen.own_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return self.seen

    async def _ring(self, rate: float, seconds: float) -> None:
        calls = set()
        until = time.monotonic() + seconds
        following = time.monotonic()
        while (now := time.monotonic()) < until:
            if now < following:
                await asyncio.sleep(following - now)
            following += self.chance.expovariate(rate)
            call = asyncio.create_task(self._call())
            calls.add(call)
            call.add_done_callback(calls.discard)
        await asyncio.gather(*calls)
        for _, writer in self.idle:
            writer.close()
        self.idle.clear()

    async def _call(self) -> None:
        self.numbered += 1
        call_id = f"CA{self.numbered:012}"
        caller = f"+447700900{self.chance.randrange(1000):03}" if self.chance.random() < 0.5 else "anonymous"
        self.now += 1
        self.seen.calls += 1
        self.seen.most = max(self.seen.most, self.now)
        try:
            greeting = await self._post("/voice", call_id, caller)
            if b"<Dial" in greeting:
                self.seen.short += 1
                return
            for turn in range(1, TURNS + 1):
                await asyncio.sleep(self.chance.uniform(*THINK))
                words = self.chance.choice(WORDS)
                answer = await self._post(f"/voice/turn/{turn}", call_id, caller, SpeechResult=words, Confidence="0.9")
                if b"<Dial" in answer or not answer:
                    break
            await self._post("/voice/status", call_id, caller, CallStatus="completed")
        finally:
            self.now -= 1

    async def _post(self, path: str, call: str, caller: str, **form: str) -> bytes:
        body = urlencode({"CallSid": call, "From": caller, "To": "+442079460000"} | form).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                status, answer = await self._exchange(head + body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self.seen.failures[type(error).__name__] += 1
            return b""
        self.seen.seconds.append(time.perf_counter() - began)
        if status not in {200, 204}:
            self.seen.failures[f"status {status}"] += 1
        return answer

    async def _exchange(self, message: bytes) -> tuple[int, bytes]:
        for attempt in (1, 2):  # a connection kept open may have been closed meanwhile, which is no failure
            fresh = not self.idle or attempt == 2
            reader, writer = await asyncio.open_connection(self.host, self.port) if fresh else self.idle.pop()
            try:
                writer.write(message)
                await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                fields = {k.casefold(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
                answer = await reader.readexactly(int(fields.get("content-length", 0)))
            except (OSError, asyncio.IncompleteReadError):
                writer.close()
                if fresh:
                    raise
                continue
            if fields.get("connection", "").casefold() == "close":
                writer.close()
            else:
                self.idle.append((reader, writer))
            return int(lines[0].split()[1]), answer
        raise ConnectionError

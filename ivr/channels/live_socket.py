"""A web socket of the HTTP server, as a media stream uses it."""

from __future__ import annotations

from contextlib import suppress
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

from flask import Response, request
from simple_websocket import ConnectionClosed, Server
from simple_websocket.errors import SimpleWebsocketError
from wsproto.events import TextMessage
from wsproto.utilities import LocalProtocolError

from ivr.channels.media import GoneError
from ivr.channels.media_codec import LONGEST_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class LiveSocket:
    """The server's side of one web socket."""

    def __init__(self, environ: dict[str, Any]) -> None:
        """Take the socket over from the HTTP server and shake hands. Raises GoneError where that fails."""
        try:
            self.server = Server(environ, max_message_size=LONGEST_MESSAGE)
        except (SimpleWebsocketError, OSError, RuntimeError) as error:
            raise GoneError from error

    def receive(self, seconds: float) -> str | bytes | None:
        """Return the next message; None: none came in time. Raises GoneError when the other side has closed."""
        try:
            message = self.server.receive(timeout=seconds)
        except ConnectionClosed as error:
            raise GoneError from error
        if message is None and not self.server.connected:
            raise GoneError
        return message if message is None or isinstance(message, str) else bytes(message)

    def send(self, message: str) -> None:
        """Send a text message, all of it. Raises GoneError."""
        if not self.server.connected:
            raise GoneError
        try:
            # The library sends once, and a full socket takes only part of a long message.
            self.server.sock.sendall(self.server.ws.send(TextMessage(data=message)))
        except (OSError, LocalProtocolError) as error:  # the last: the other side has closed just now
            raise GoneError from error

    @property
    def behind(self) -> int:
        """Messages received and not yet read."""
        return len(self.server.input_buffer)

    def close(self) -> None:
        """Close the socket, if it is still open."""
        with suppress(ConnectionClosed, OSError, LocalProtocolError):
            self.server.close()

    def drop(self) -> None:
        """Close the socket from another thread, without waiting for the other side."""
        self.close()
        with suppress(OSError):  # wakes whoever waits for it
            self.server.sock.shutdown(SHUT_RDWR)


class _Handled(Response):
    """Tells the HTTP server that the connection was taken over and is finished."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if self._mode == "gunicorn":
            raise StopIteration
        if self._mode == "werkzeug":
            return super().__call__(environ, start_response)
        return []


def hold(serve: Callable[[LiveSocket], None]) -> Response:
    """Take the current request over as a web socket for as long as `serve` runs."""
    try:
        socket = LiveSocket(request.environ)
    except GoneError:
        return Response("a web socket is expected here\n", 400, mimetype="text/plain")
    try:
        with suppress(GoneError):
            serve(socket)
    finally:
        socket.close()
    return _Handled(socket.server.mode)

"""The open websockets, so that those of ended sessions can be closed.

Jupyter checks the user only when a socket is opened, and sockets live for days.
"""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from tornado.websocket import WebSocketHandler

SIGNED_OUT = 4401
"""The close code: 4000-4999 are for applications, and HTTP's status is 401."""


class OpenSockets:
    """The open sockets, each with a function that says whether it may stay open."""

    def __init__(self) -> None:
        self._sockets: WeakKeyDictionary[WebSocketHandler, Callable[[], bool]] = WeakKeyDictionary()

    def add(self, socket: WebSocketHandler, may_stay: Callable[[], bool]) -> None:
        """Watch a socket until it is closed or garbage-collected."""
        self._sockets[socket] = may_stay

    def close_ended(self) -> None:
        """Close the sockets that may not stay."""
        for socket, may_stay in list(self._sockets.items()):
            if socket.ws_connection is None:
                continue  # not open yet, or already closed
            if not may_stay():
                socket.close(SIGNED_OUT, "signed out")
                del self._sockets[socket]

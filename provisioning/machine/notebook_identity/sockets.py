"""The websockets that are open, so that those of ended sessions can be closed.

Jupyter looks at who somebody is only when a socket is opened, and sockets live for days.
"""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from tornado.websocket import WebSocketHandler

SIGNED_OUT = 4401
"""The close code: 4000-4999 are the application's own; 401 is HTTP's word for it."""


class OpenSockets:
    """Each socket with the question whether it may stay open."""

    def __init__(self) -> None:
        self._sockets: WeakKeyDictionary[WebSocketHandler, Callable[[], bool]] = WeakKeyDictionary()

    def add(self, socket: WebSocketHandler, may_stay: Callable[[], bool]) -> None:
        """Watch a socket until it is closed or forgotten."""
        self._sockets[socket] = may_stay

    def close_ended(self) -> None:
        """Close the sockets that may not stay."""
        for socket, may_stay in list(self._sockets.items()):
            if socket.ws_connection is None:
                continue  # not open yet, or closed: Tornado lets go of it
            if not may_stay():
                socket.close(SIGNED_OUT, "signed out")
                del self._sockets[socket]

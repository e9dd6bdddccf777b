"""Websockets: the pages that may open one, and the open ones, which end with their session.

Jupyter checks the user only when a socket is opened, and sockets live for days.
"""

from collections.abc import Callable
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

SIGNED_OUT = 4401
"""The close code: 4000-4999 are for applications, and HTTP's status is 401."""


def is_own_origin(handler: RequestHandler) -> bool:
    """Return whether a page of this server opens the socket, or a program, which has no origin.

    A browser sends the member's cookie with a socket that another site's page opens. Not every
    extension's handler refuses such a page: collaboration accepts each origin.
    """
    headers = handler.request.headers
    origin = headers.get("Origin", headers.get("Sec-WebSocket-Origin"))
    if origin is None:
        return True
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    return host.lower() == handler.request.host.lower()


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

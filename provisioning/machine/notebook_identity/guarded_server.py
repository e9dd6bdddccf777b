"""An HTTP server that keeps little of what a client sends before it has signed in.

Tornado collects a whole body before any handler sees the request, so the limits are checked as soon
as the headers are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, cast

from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream

from .links import network_of

LARGEST_BEFORE_SIGN_IN = 64 * 1024
"""Bytes of a body; the forms for signing in have less than 10 KB."""
SECONDS_BEFORE_SIGN_IN = 30.0
"""Time in which such a body must have arrived."""
SECONDS_OF_A_BODY = 3600.0
"""The same for a member's upload, which may be large and come over a slow line."""
IDLE_SECONDS = 300.0
"""Time in which a request's headers must have arrived, and how long a connection may be idle."""
MOST_OF_A_NETWORK = 500
"""Connections of a network; the members of a class may share one. Websockets don't count."""
MOST_CONNECTIONS = 3000

_DRAIN_SECONDS = 2.0
"""Time in which the rest of a refused body is read and dropped, so that the answer arrives."""


class GuardedServer(HTTPServer):
    """An HTTP server with narrow limits, which widen for members who have signed in.

    `is_signed_in` says whether a request, of which only the headers are there, comes from a member.
    `largest_body` is the limit for members, in bytes. `own_addresses` have no limit of their own:
    the activity probe comes from them, and on Windows each client does.
    """

    def initialize(  # type: ignore[override]
        self,
        application: Any,
        is_signed_in: Callable[[HTTPServerRequest], bool],
        largest_body: int,
        own_addresses: list[str],
        **options: Any,
    ) -> None:
        """Take the guard's own arguments; the others are those of tornado's server."""
        options.setdefault("body_timeout", SECONDS_BEFORE_SIGN_IN)
        options.setdefault("idle_connection_timeout", IDLE_SECONDS)
        super().initialize(application, max_body_size=LARGEST_BEFORE_SIGN_IN, **options)
        self._is_signed_in = is_signed_in
        self._largest_body = largest_body
        self._own = frozenset(own_addresses)
        self._open: Counter[str] = Counter()

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Serve a new connection, or close it if its network has too many."""
        network = self._network(address)
        if self._open.total() >= MOST_CONNECTIONS or (
            network and self._open[network] >= MOST_OF_A_NETWORK
        ):
            stream.close()
            return
        self._open[network] += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: Any) -> None:
        """Count a connection no longer."""
        network = self._network(server_conn.context.address)
        self._open[network] -= 1
        if self._open[network] <= 0:
            del self._open[network]
        super().on_close(server_conn)

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """Check the headers of a request before its handler gets it."""
        delegate = super().start_request(server_conn, request_conn)
        return _Guard(delegate, request_conn, self._is_signed_in, self._largest_body)

    def _network(self, address: Any) -> str:
        host = str(address[0]) if isinstance(address, tuple) and address else ""
        return "" if not host or host in self._own else network_of(host)


class _Guard(HTTPMessageDelegate):
    """Passes a request on, unless its body is too large for a client that has not signed in."""

    def __init__(
        self,
        delegate: HTTPMessageDelegate,
        connection: HTTP1Connection,
        is_signed_in: Callable[[HTTPServerRequest], bool],
        largest_body: int,
    ) -> None:
        self._delegate = delegate
        self._connection = connection
        self._is_signed_in = is_signed_in
        self._largest_body = largest_body
        self._refused = False

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Widen the limits for a member; refuse any other large body with 413."""
        if _is_large(headers):
            self._connection.set_max_body_size(self._largest_body)
            request = HTTPServerRequest(
                connection=self._connection,
                start_line=cast(RequestStartLine, start_line),
                headers=headers,
            )
            if not self._is_signed_in(request):
                self._refuse()
                return None
            self._connection.set_body_timeout(SECONDS_OF_A_BODY)
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Pass a piece of the body on."""
        return None if self._refused else self._delegate.data_received(chunk)

    def finish(self) -> None:
        """Pass the end of the request on."""
        if not self._refused:
            self._delegate.finish()

    def on_connection_close(self) -> None:
        """Pass the end of the connection on."""
        if not self._refused:
            self._delegate.on_connection_close()

    def _refuse(self) -> None:
        self._refused = True
        self._connection.set_max_body_size(2**63)
        self._connection.set_body_timeout(_DRAIN_SECONDS)
        answer = ResponseStartLine("HTTP/1.1", 413, "Content Too Large")
        headers = HTTPHeaders({"Content-Length": "0", "Connection": "close"})
        self._connection.write_headers(answer, headers)
        self._connection.finish()


def _is_large(headers: HTTPHeaders) -> bool:
    """Return whether the body is large, or its length is not told."""
    if "Transfer-Encoding" in headers:
        return True
    length = headers.get("Content-Length", "0").strip()
    return not length.isdecimal() or int(length[:20]) > LARGEST_BEFORE_SIGN_IN


def guard(app: Any, is_signed_in: Callable[[HTTPServerRequest], bool], own: list[str]) -> None:
    """Replace the HTTP server of a Jupyter application as soon as it is made.

    Jupyter makes its server after this call, and has the event loop begin to listen. The event loop
    keeps the order of its callbacks.
    """
    app.io_loop.add_callback(_replace_server, app, is_signed_in, own)


def _replace_server(
    app: Any, is_signed_in: Callable[[HTTPServerRequest], bool], own: list[str]
) -> None:
    app._http_server = GuardedServer(
        app.web_app,
        is_signed_in,
        app.max_body_size,
        own,
        ssl_options=app.ssl_options,
        xheaders=app.trust_xheaders,
        max_buffer_size=app.max_buffer_size,
    )

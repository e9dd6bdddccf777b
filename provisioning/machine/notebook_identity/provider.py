"""Jupyter's identity provider: the member behind a request, a session cookie or an open socket."""

import asyncio
import time
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, UpdatableField, User
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler
from traitlets import Dict, List, Unicode, default

from .guarded_server import guard
from .members import SESSION_SECONDS, Members
from .pages import ChoosePasswordHandler, SignInHandler, SignOutHandler
from .profiles import LONGEST_FIELD, user_of
from .sign_in import SignIn
from .sockets import OpenSockets, is_own_origin

SESSION_DAYS = SESSION_SECONDS / 86400
SWEEP_SECONDS = 2.0
PROBE = "probe"
CHOOSE_PATH = "choose-password"


class OneTimePasswordProvider(IdentityProvider):
    """Members sign in with a planted one-time password, and choose an own password.

    The access list and the members' own file decide at each request. A member who is removed, or
    gets a new one-time password, is signed out everywhere, and their open websockets are closed
    within seconds. While the list is held, no member is admitted.

    A session is a random cookie, of which the file has only the SHA-256. Nothing signs sessions, so
    no secret that a member's code could read opens one.
    """

    access_path = Unicode(help="Path of the access list, which only root may change.").tag(
        config=True
    )
    state_path = Unicode(help="Path of the members' own file.").tag(config=True)
    server_name = Unicode("", help="Server name on the sign-in pages.").tag(config=True)
    own_addresses = List(
        Unicode(), help="The machine's own addresses, from which the activity probe may connect."
    ).tag(config=True)

    @default("token")
    def _no_token(self) -> str:
        return ""

    @default("login_handler_class")
    def _our_sign_in_page(self) -> type[RequestHandler]:
        return SignInHandler

    @default("logout_handler_class")
    def _our_sign_out_page(self) -> type[RequestHandler]:
        return SignOutHandler

    @default("cookie_name")
    def _host_cookie(self) -> str:
        return "__Host-notebook-session"  # browsers then insist on https and on this host

    @default("secure_cookie")
    def _always_secure(self) -> bool:
        return True

    cookie_options = Dict(
        {"expires_days": SESSION_DAYS, "samesite": "Lax", "httponly": True, "path": "/"}
    )

    @default("updatable_fields")
    def _fields_that_are_theirs(self) -> list[str]:
        return list(LONGEST_FIELD)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.members = Members(Path(self.access_path), Path(self.state_path))
        self.sign_in = SignIn(self.members)
        self._sockets = OpenSockets()
        self._sweep: PeriodicCallback | None = None

    def validate_security(self, app: Any, ssl_options: dict[str, Any] | None = None) -> None:
        """Limit what clients may send before they have signed in."""
        super().validate_security(app, ssl_options)
        guard(app, self.is_signed_in, list(self.own_addresses))

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return the handlers for signing in, choosing a password and signing out."""
        return [*super().get_handlers(), (rf"/{CHOOSE_PATH}", ChoosePasswordHandler)]

    async def _get_user(self, handler: RequestHandler) -> User | None:
        known: User | None = getattr(handler, "_jupyter_current_user", None)
        if known is not None:
            return known
        user = (
            self._probe_user(handler)
            or self.get_user_cookie(handler)
            or await self._linked_user(handler)
        )
        has_cookie = bool(handler.get_cookie(self.get_cookie_name(handler)))
        if user is None and has_cookie and not self.members.held:
            self.clear_login_cookie(handler)
        if user is not None and isinstance(handler, WebSocketHandler):
            by_token = getattr(handler, "_token_authenticated", False)
            if not by_token and not is_own_origin(handler):
                handler.current_user = None  # the error's page asks for it
                raise HTTPError(403, "a page of another site opened this socket")
            self._watch(handler)
        return user

    def is_signed_in(self, request: HTTPServerRequest) -> bool:
        """Return whether a request, of which only the headers are there, may have a large body."""
        if self._is_probe(request):
            return True
        if self.members.held:
            return False
        now, cookie = time.time(), request.cookies.get(str(self.cookie_name))
        if cookie is not None and self.members.session(cookie.value, now) is not None:
            return True
        token = _token_of(request)
        return bool(token and self.members.linked(token, request.remote_ip or "", now))

    def _is_probe(self, request: HTTPServerRequest) -> bool:
        """Return whether the request has the activity probe's token and a local address."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "token" or request.remote_ip not in self.own_addresses:
            return False
        return self.members.is_probe(token.strip())

    def _probe_user(self, handler: RequestHandler) -> User | None:
        """Return the activity probe's user, if the request is the probe's."""
        if not self._is_probe(handler.request):
            return None
        handler._token_authenticated = True  # type: ignore[attr-defined]
        return User(PROBE, PROBE, "Probe", "P")

    # -- one-time links

    async def _linked_user(self, handler: RequestHandler) -> User | None:
        """Return the member whose one-time link the request has, if that link is valid.

        A browser is signed in as with a password, and the link is used up. Any other client goes
        on using the token, from the same network.
        """
        token = self.get_token(handler)
        address = handler.request.remote_ip or ""
        known = self.members.linked(token, address, time.time()) if token else None
        if token is None or known is None:
            return None
        if known.link is None or not known.link.used_from:
            is_page = handler.request.headers.get("Sec-Fetch-Mode") == "navigate"
            person = await asyncio.to_thread(
                self.members.use_link, token, address, time.time(), spend=is_page
            )
            if person is None:  # another request was first
                return None
            self.log.info("%s used a one-time link", person.id)
            if is_page:
                user = user_of(person)
                self.set_login_cookie(handler, user)
                return user
        handler._token_authenticated = True  # type: ignore[attr-defined]
        return user_of(known)

    # -- sessions

    def set_login_cookie(self, handler: RequestHandler, user: User) -> None:
        """Start a session of the user in the browser that sent the request."""
        cookie = self.members.open_session(user.username, time.time())
        options: dict[str, Any] = dict(self.cookie_options)
        handler.set_cookie(self.get_cookie_name(handler), cookie, secure=True, **options)

    def get_user_cookie(self, handler: RequestHandler) -> User | None:
        """Return the member whose session the request has, unless the session has ended since."""
        cookie = handler.get_cookie(self.get_cookie_name(handler))
        person = self.members.session(cookie, time.time()) if cookie else None
        return None if person is None or self.members.held else user_of(person)

    def clear_login_cookie(self, handler: RequestHandler) -> None:
        """End the browser's session, also for a copy of its cookie."""
        cookie = handler.get_cookie(self.get_cookie_name(handler))
        if cookie:
            self.members.end_session(cookie)
        super().clear_login_cookie(handler)

    def _watch(self, handler: WebSocketHandler) -> None:
        """Close this socket once the member's session has ended."""
        self._sockets.add(handler, lambda: self._may_stay(handler))
        if self._sweep is None:
            self._sweep = PeriodicCallback(self._sockets.close_ended, SWEEP_SECONDS * 1000)
            self._sweep.start()

    def _may_stay(self, handler: WebSocketHandler) -> bool:
        token, address = self.get_token(handler), handler.request.remote_ip or ""
        return bool(
            self._probe_user(handler)
            or self.get_user_cookie(handler)
            or (token and self.members.linked(token, address, time.time()))
        )

    # -- how other people see a member

    def update_user_model(self, current_user: User, user_data: dict[UpdatableField, str]) -> User:
        """Change a member's profile. Raises ValueError for values that are not allowed."""
        for field, value in user_data.items():
            longest = LONGEST_FIELD[field]
            if not isinstance(value, str) or len(value) > longest:
                raise ValueError(f"{field} must be text of at most {longest} characters")
            if field == "avatar_url" and value and not value.startswith("https://"):
                raise ValueError("avatar_url must begin with https://")
            setattr(current_user, field, value)
        return current_user

    def persist_user_model(self, handler: RequestHandler) -> None:
        """Store the profile with the member, so that it is the same in all of their browsers."""
        user: User = handler.current_user
        profile = {field: getattr(user, field) for field in LONGEST_FIELD if getattr(user, field)}
        self.members.set_profile(user.username, profile)


def _token_of(request: HTTPServerRequest) -> str:
    """Return the token in a request's header or address, "" without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in ("token", "bearer"):
        return token.strip()
    found = request.query_arguments.get("token", [b""])
    return found[-1].decode(errors="replace")

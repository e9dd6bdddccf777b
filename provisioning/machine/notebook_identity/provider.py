"""Jupyter's identity provider: the member behind a request, a session cookie or an open socket."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, UpdatableField, User
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler
from traitlets import Dict, List, Unicode, default

from .pages import ChoosePasswordHandler, SignInHandler
from .profiles import LONGEST_FIELD, user_of
from .sign_in import SignIn
from .sockets import OpenSockets, is_own_origin
from .state import StateStore

SESSION_DAYS = 7
SWEEP_SECONDS = 2.0
PROBE = "probe"
CHOOSE_PATH = "choose-password"


class OneTimePasswordProvider(IdentityProvider):
    """Members sign in with a planted one-time password, and choose an own password.

    The state file decides at each request. A member who is revoked, or gets a new one-time
    password, is signed out everywhere, and their open websockets are closed within seconds. While
    the state is held, no member is admitted.
    """

    state_path = Unicode(help="Path of the state file.").tag(config=True)
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

    @default("cookie_name")
    def _host_cookie(self) -> str:
        return "__Host-notebook-session"  # browsers then insist on https and on this host

    @default("secure_cookie")
    def _always_secure(self) -> bool:
        return True

    cookie_options = Dict(
        {"expires_days": SESSION_DAYS, "samesite": "Lax", "httponly": True, "path": "/"}
    )
    get_secure_cookie_kwargs = Dict({"max_age_days": SESSION_DAYS})

    @default("updatable_fields")
    def _fields_that_are_theirs(self) -> list[str]:
        return list(LONGEST_FIELD)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.store = StateStore(Path(self.state_path))
        self.sign_in = SignIn(self.store)
        self._sockets = OpenSockets()
        self._sweep: PeriodicCallback | None = None

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return the handlers for signing in, choosing a password and signing out."""
        return [*super().get_handlers(), (rf"/{CHOOSE_PATH}", ChoosePasswordHandler)]

    async def _get_user(self, handler: RequestHandler) -> User | None:
        known: User | None = getattr(handler, "_jupyter_current_user", None)
        if known is not None:
            return known
        user = (
            self._probe_user(handler)
            or await self._cookie_user(handler)
            or await self._linked_user(handler)
        )
        has_cookie = bool(handler.get_cookie(self.get_cookie_name(handler)))
        if user is None and has_cookie and not self.store.read().held:
            self.clear_login_cookie(handler)
        if user is not None and isinstance(handler, WebSocketHandler):
            by_token = getattr(handler, "_token_authenticated", False)
            if not by_token and not is_own_origin(handler):
                handler.current_user = None  # the error's page asks for it
                raise HTTPError(403, "a page of another site opened this socket")
            self._watch(handler)
        return user

    async def _cookie_user(self, handler: RequestHandler) -> User | None:
        user = self.get_user_cookie(handler)
        return user if isinstance(user, User) else None

    def _probe_user(self, handler: RequestHandler) -> User | None:
        """Return the activity probe's user, if the request has its token and a local address."""
        scheme, _, token = handler.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "token" or handler.request.remote_ip not in self.own_addresses:
            return None
        if not self.store.is_probe(token.strip()):
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
        known = self.store.linked(token, address, time.time()) if token else None
        if token is None or known is None:
            return None
        if known.link is None or not known.link.used_from:
            is_page = handler.request.headers.get("Sec-Fetch-Mode") == "navigate"
            person = await asyncio.to_thread(
                self.store.use_link, token, address, time.time(), spend=is_page
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

    def user_to_cookie(self, user: User) -> str:
        """Return the member's id and session epoch; all else is read again at each request."""
        person = self.store.person(user.username)
        return json.dumps({"user": user.username, "epoch": person.epoch if person else ""})

    def user_from_cookie(self, cookie_value: str) -> User | None:
        """Return the member, unless their session has ended since."""
        session = json.loads(cookie_value)
        person = self.store.person(session["user"])
        if person is None or person.epoch != session["epoch"] or self.store.read().held:
            return None
        return user_of(person)

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
            or (token and self.store.linked(token, address, time.time()))
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
        self.store.set_profile(user.username, profile)

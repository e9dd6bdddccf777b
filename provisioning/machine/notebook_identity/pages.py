"""The two pages for signing in and for choosing a password; both work without JavaScript."""

import os
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, cast

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import User
from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.auth.logout import LogoutHandler
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ensure_async
from tornado.escape import url_escape
from tornado.web import RequestHandler

from .languages import choose_language, language_of, time_in_words, translation
from .members import BROWSER_SECONDS, Members
from .passwords import LONGEST, SHORTEST
from .person import Person
from .profiles import user_of
from .sign_in import CLAIM_ENDED, Claimed, Refused, SignedIn, SignIn

WELCOME = "welcome.ipynb"
_CLAIM_COOKIE = "__Host-notebook-claim"
_BROWSER_COOKIE = "__Host-notebook-browser"
_BROWSER_DAYS = BROWSER_SECONDS / 86400
_COOKIE: dict[str, Any] = {"path": "/", "secure": True, "httponly": True, "samesite": "Lax"}


def is_unused(environ: Mapping[str, str]) -> bool:
    """Return whether no member has opened JupyterLab on this server: it remembers its open tabs."""
    folder = environ.get("JUPYTERLAB_WORKSPACES_DIR", "")
    return bool(folder) and not any(Path(folder).glob("*"))


class _Provider(Protocol):
    """The part of the identity provider that the pages use."""

    server_name: str
    members: Members
    sign_in: SignIn

    def set_login_cookie(self, handler: RequestHandler, user: User) -> None:
        """Start a session of the user in the browser that sent the request."""
        ...


class _Translated(JupyterHandler):
    """A page in the browser's language."""

    @property
    def _language(self) -> str:
        return language_of(self.request.headers.get("Accept-Language", ""))

    @property
    def template_namespace(self) -> dict[str, Any]:
        """What every template may use: also the language, and `_`, which translates."""
        spoken = {"language": self._language, "_": translation(self._language)}
        return {**super().template_namespace, **spoken}


class SignOutHandler(_Translated, LogoutHandler):
    """`/logout`."""


class _Page(_Translated, LoginFormHandler):
    """Common parts of both pages: the provider, the claim's cookie and rendering."""

    _first_page = ""

    @property
    def _provider(self) -> _Provider:
        return cast(_Provider, self.identity_provider)

    @property
    def content_security_policy(self) -> str:
        """The page's policy: no outside resources, no scripts, only the page's own style."""
        return (
            f"default-src 'none'; style-src 'nonce-{self._nonce}'; img-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )

    @property
    def _nonce(self) -> str:
        if not hasattr(self, "_made_nonce"):
            self._made_nonce = secrets.token_urlsafe(16)
        return self._made_nonce

    def set_default_headers(self) -> None:
        """Forbid caching, and send other sites no referrer: the pages contain passwords."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")

    def _show(self, template: str, refused: Refused | None = None, **values: object) -> None:
        if refused:
            self.set_status(refused.status)
            if refused.retry_after:
                self.set_header("Retry-After", str(refused.retry_after))
        page = self._jupyter.render_template(
            template,
            nonce=self._nonce,
            server_name=self._provider.server_name,
            next_url=url_escape(self._next),
            error=self._said(refused) if refused else "",
            **values,
        )
        self.finish(page)

    def _said(self, refused: Refused) -> str:
        translate = translation(self._language)
        time_left = time_in_words(refused.retry_after, translate)
        sentence = translate(refused.sentence)
        return sentence.format(time=time_left, shortest=SHORTEST, longest=LONGEST)

    @property
    def _next(self) -> str:
        return str(self.get_argument("next", default=self.base_url))

    def _enter(self, person: Person) -> None:
        self.log.info("%s signed in", person.id)
        self.clear_cookie(_CLAIM_COOKIE, path="/", secure=True)
        self._provider.set_login_cookie(self, user_of(person))
        members, now = self._provider.members, time.time()
        if not members.knows_browser(self._known_browser(), person.id, now):
            remembered = members.remember_browser(person.id, now)
            self.set_cookie(_BROWSER_COOKIE, remembered, expires_days=_BROWSER_DAYS, **_COOKIE)
        self._onwards()

    def _onwards(self) -> None:
        """Redirect to the page that was requested first, if that page is on this server."""
        self._jupyter._redirect_safe(self._first_page or self._next)

    @property
    def _jupyter(self) -> Any:
        """This handler without types, for methods that Jupyter has not typed."""
        return self

    def _known_browser(self) -> str:
        return str(self.get_cookie(_BROWSER_COOKIE, ""))

    def _claim_secret(self) -> str:
        return str(self.get_cookie(_CLAIM_COOKIE, ""))


class SignInHandler(_Page):
    """`/login`: takes a one-time password or an own password."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show the form, or redirect a member who is signed in."""
        if self.current_user:
            self._onwards()
        else:
            self._form()

    @allow_unauthenticated
    async def post(self) -> None:
        """Check the password."""
        name = self.get_body_argument("name", default="")
        result = await self._provider.sign_in.attempt(
            name,
            self.get_body_argument("password", default="", strip=False),
            self.request.remote_ip or "",
            self._known_browser(),
        )
        if isinstance(result, Refused):
            self.log.warning(
                "Sign-in from %s refused: %s",
                self.request.remote_ip,
                HTTPStatus(result.status).phrase,
            )
            self._form(result, name)
        elif isinstance(result, SignedIn):
            self._enter(result.person)
        else:
            self._to_choice(result)

    def _to_choice(self, claimed: Claimed) -> None:
        self.log.info("A one-time password was used")
        self.set_cookie(_CLAIM_COOKIE, claimed.secret, **_COOKIE)
        self.redirect(f"{self.base_url}choose-password?next={url_escape(self._next)}")

    def _form(self, refused: Refused | None = None, name: str = "") -> None:
        self._show(
            "sign_in.html", refused, asks_for_name=self._provider.sign_in.asks_for_name, person=name
        )


class ChoosePasswordHandler(_Page):
    """`/choose-password`: for the one browser that has used the one-time password."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show the form, or redirect to `/login` if this browser may not choose a password."""
        person = self._provider.sign_in.claimant(self._claim_secret())
        if person is None:
            self.redirect(f"{self.base_url}login?next={url_escape(self._next)}")
        else:
            self._form(person)

    @allow_unauthenticated
    async def post(self) -> None:
        """Store the password, and sign the member in."""
        secret = self._claim_secret()
        result = await self._provider.sign_in.choose(
            secret,
            self.get_body_argument("new_password", default="", strip=False),
            self.get_body_argument("again", default="", strip=False),
        )
        if isinstance(result, SignedIn):
            await self._prepare_first_use()
            self._enter(result.person)
            return
        person = self._provider.sign_in.claimant(secret)
        if person is None:
            values = {"asks_for_name": self._provider.sign_in.asks_for_name, "person": ""}
            self._show("sign_in.html", Refused(401, CLAIM_ENDED), **values)
        else:
            self._form(person, result)

    async def _prepare_first_use(self) -> None:
        """Have the server's first member see the welcome notebook, in the browser's language."""
        if not is_unused(os.environ):
            return
        if self._asks_for_no_page and await self._has_welcome():
            self._first_page = f"{self.base_url}lab/tree/{WELCOME}"
        try:
            choose_language(os.environ.get("JUPYTERLAB_SETTINGS_DIR", ""), self._language)
        except OSError as error:  # a full disk keeps no member out
            self.log.warning("JupyterLab's language was not set: %s", type(error).__name__)

    @property
    def _asks_for_no_page(self) -> bool:
        """Return whether the member came to the server as such, and not to one of its pages."""
        return self._next.partition("?")[0].rstrip("/") in ("", f"{self.base_url}lab".rstrip("/"))

    async def _has_welcome(self) -> bool:
        return bool(await ensure_async(self._jupyter.contents_manager.file_exists(WELCOME)))

    def _form(self, person: Person, refused: Refused | None = None) -> None:
        name = person.name or person.id
        self._show("choose_password.html", refused, person=name, shortest=SHORTEST)

"""Microsoft Entra: access tokens for the applications of one tenant.

Tokens are JWTs signed with a key that the folder keeps, so they stay valid over a restart. Errors
use Entra's words, because clients read the AADSTS number.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

TOKEN_SECONDS = 3599
"""Lifetime of a token in seconds; Entra says 3599."""


class SignInError(Exception):
    """A refusal of the token endpoint: AADSTS `number`, OAuth's `error` and the text."""

    def __init__(self, number: int, error: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.number, self.error, self.text, self.status = number, error, text, status

    def response(self) -> web.Response:
        """Return the answer of the token endpoint."""
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        body = {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: {self.text} Trace ID: {trace} "
            f"Correlation ID: {correlation} Timestamp: {moment}",
            "error_codes": [self.number],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        return web.json_response(body, status=self.status)


class Identity:
    """One tenant; `folder` keeps the key that signs the tokens.

    `applications` are the secrets by client id. Those in `expired` have an expired secret; tokens
    that they have already live on.
    """

    def __init__(self, tenant: str, applications: Mapping[str, str], folder: Path) -> None:
        self._tenant = tenant
        self._applications = applications
        self.expired: set[str] = set()
        self.token_seconds = TOKEN_SECONDS
        self._key = _key_of(folder / "tokens.key")

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the token endpoint and the paths that clients look up before they use it."""
        router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        router.add_post("/{tenant}/oauth2/token", self._first_token)
        router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration)
        router.add_get("/common/discovery/instance", self._instance)

    def is_valid(self, authorization: str | None) -> bool:
        """Return whether the header `Authorization` holds a valid token of this server."""
        return bool(self.caller(authorization))

    def caller(self, authorization: str | None) -> str:
        """Return the client id of the valid token in a header `Authorization`, or ""."""
        scheme, _, token = (authorization or "").partition(" ")
        signed, _, signature = token.rpartition(".")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            signature.encode(), self._sign(signed).encode()
        ):
            return ""
        claims = json.loads(_decode(signed.partition(".")[2]))
        return str(claims["appid"]) if claims["exp"] > time.time() else ""

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            self._check_tenant(request.match_info["tenant"])
            self._check_form(form)
            self._check_application(form)
        except SignInError as refusal:
            return refusal.response()
        answer = {
            "token_type": "Bearer",
            "expires_in": self.token_seconds,
            "ext_expires_in": self.token_seconds,
            "access_token": self._issue(form["client_id"].lower(), form["scope"]),
        }
        return web.json_response(answer, headers={"Cache-Control": "no-store, no-cache"})

    async def _first_token(self, request: web.Request) -> web.Response:
        """Answer the first version of the endpoint, which older libraries ask: `resource`."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        scope = f"{form.pop('resource', '').rstrip('/')}/.default"
        try:
            self._check_tenant(request.match_info["tenant"])
            self._check_form({**form, "scope": scope})
            self._check_application(form)
        except SignInError as refusal:
            return refusal.response()
        answer = {
            "token_type": "Bearer",
            "expires_in": str(self.token_seconds),
            "expires_on": str(int(time.time()) + self.token_seconds),
            "resource": scope.removesuffix("/.default"),
            "access_token": self._issue(form["client_id"].lower(), scope),
        }
        return web.json_response(answer, headers={"Cache-Control": "no-store, no-cache"})

    async def _configuration(self, request: web.Request) -> web.Response:
        try:
            self._check_tenant(request.match_info["tenant"])
        except SignInError as refusal:
            return refusal.response()
        authority = f"{request.url.origin()}/{self._tenant}"
        return web.json_response(
            {
                "issuer": f"{authority}/v2.0",
                "token_endpoint": f"{authority}/oauth2/v2.0/token",
                "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "response_types_supported": ["token"],
            }
        )

    async def _instance(self, request: web.Request) -> web.Response:
        host = request.host
        alias = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        found = f"{request.url.origin()}/{self._tenant}/v2.0/.well-known/openid-configuration"
        return web.json_response(
            {"tenant_discovery_endpoint": found, "api-version": "1.1", "metadata": [alias]}
        )

    def _check_tenant(self, tenant: str) -> None:
        if tenant.lower() != self._tenant:
            raise SignInError(
                90002,
                "invalid_request",
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID "
                "and are signing into the correct cloud. Check with your subscription "
                "administrator, this may happen if there are no active subscriptions for the "
                "tenant.",
            )

    def _check_form(self, form: Mapping[str, str]) -> None:
        for name in ("grant_type", "client_id", "scope"):
            if not form.get(name):
                text = f"The request body must contain the following parameter: '{name}'."
                raise SignInError(900144, "invalid_request", text)
        if form["grant_type"] != "client_credentials":
            text = f"The app requested an unsupported grant type '{form['grant_type']}'."
            raise SignInError(70003, "unsupported_grant_type", text)
        if not form["scope"].endswith("/.default"):
            raise SignInError(
                1002012,
                "invalid_scope",
                f"The provided value for scope {form['scope']} is not valid. Client credential "
                "flows must have a scope value with /.default suffixed to the resource "
                "identifier (application ID URI).",
            )

    def _check_application(self, form: Mapping[str, str]) -> None:
        client = form["client_id"]
        secret = self._applications.get(client.lower())
        if secret is None:
            raise SignInError(
                700016,
                "unauthorized_client",
                f"Application with identifier '{client}' was not found in the directory "
                f"'{self._tenant}'. This can happen if the application has not been installed by "
                "the administrator of the tenant or consented to by any user in the tenant. You "
                "may have sent your authentication request to the wrong tenant.",
            )
        given = form.get("client_secret", "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            raise SignInError(
                7000215,
                "invalid_client",
                "Invalid client secret provided. Ensure the secret being sent in the request is "
                "the client secret value, not the client secret ID, for a secret added to app "
                f"'{client}'.",
                status=401,
            )
        if client.lower() in self.expired:
            raise SignInError(
                7000222,
                "invalid_client",
                f"The provided client secret keys for app '{client}' are expired. Visit the Azure "
                "portal to create new keys for your app: https://aka.ms/NewClientSecret, or "
                "consider using certificate credentials for added security: "
                "https://aka.ms/certCreds.",
                status=401,
            )

    def _issue(self, client: str, scope: str) -> str:
        now = int(time.time())
        claims = {
            "aud": scope.removesuffix("/.default"),
            "iat": now,
            "exp": now + self.token_seconds,
            "appid": client,
            "tid": self._tenant,
            "uti": secrets.token_urlsafe(12),
        }
        signed = f"{_encode({'typ': 'JWT', 'alg': 'HS256'})}.{_encode(claims)}"
        return f"{signed}.{self._sign(signed)}"

    def _sign(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encode(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _key_of(path: Path) -> bytes:
    """Return the folder's signing key; the first start makes it (mode 0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()

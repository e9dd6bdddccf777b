"""`/api/<method>`: tokens, bodies, faults and traffic around one table of methods."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.fault_kinds import SlackFaults
from bot.sandbox.traffic import Exchange, Traffic, milliseconds_since

Arguments = dict[str, Any]
Method = Callable[[web.Request, Arguments], dict[str, Any]]

_APP_TOKEN_METHODS = frozenset({"apps.connections.open"})
_JSON_ARGUMENTS = ("blocks", "attachments", "metadata", "view", "files")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Answer:
    body: dict[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class WebApi:
    """The methods, and the checks that every call passes."""

    def __init__(self, faults: SlackFaults, traffic: Traffic) -> None:
        self.methods: dict[str, Method] = {}
        self._faults = faults
        self._traffic = traffic

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Handle one request of the app."""
        started = time.monotonic()
        method = request.match_info["method"]
        dropped = self._faults.of_method("drop", method)
        cut = dropped or self._faults.of_method("lose", method)
        arguments: Arguments = {}
        try:
            arguments = await _arguments(request)
            token = _token(request, arguments)
            answer = _Answer({}) if dropped else self._answer(request, method, arguments, token)
        except ApiError as error:
            answer = _Answer(error.body())
        exchange = Exchange(
            direction="in",
            method=method,
            status="dropped" if cut else answer.body.get("error", answer.status),
            ms=milliseconds_since(started),
            request=arguments,
            response=answer.body,
            more={"kind": "api"},
        )
        self._traffic.record(exchange)
        if cut and request.transport is not None:
            request.transport.abort()
            raise ConnectionResetError
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)

    def _answer(
        self, request: web.Request, method: str, arguments: Arguments, token: str
    ) -> _Answer:
        limited = self._faults.of_method("rate_limit", method)
        if limited is not None:
            seconds = str(int(limited.get("retry_after", 1)))
            return _Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": seconds})
        failing = self._faults.of_method("fail", method)
        if failing is not None:
            error = failing.get("error", "internal_error")
            return _Answer({"ok": False, "error": error}, int(failing.get("status", 200)))
        try:
            self._check(method, token)
            body = {"ok": True, **self.methods[method](request, arguments)}
            scopes = self._faults.constant("scopes") or ",".join(people.SCOPES)
            return _Answer(body, headers={"x-oauth-scopes": scopes})
        except ApiError as error:
            return _Answer(error.body())
        except Exception:
            _log.exception("%s failed", method)
            return _Answer({"ok": False, "error": "internal_error"}, 500)

    def _check(self, method: str, token: str) -> None:
        if method not in self.methods:
            raise ApiError("unknown_method")
        if method == "auth.test" and (error := self._faults.constant("auth_test")):
            raise ApiError(str(error))
        if not token:
            raise ApiError("not_authed")
        if token not in (people.BOT_TOKEN, people.APP_TOKEN):
            raise ApiError("invalid_auth")
        if (token == people.APP_TOKEN) != (method in _APP_TOKEN_METHODS):
            raise ApiError("not_allowed_token_type")


def required(arguments: Arguments, name: str, error: str = "invalid_arguments") -> Any:
    """Return the argument. Raise `ApiError` if it is missing."""
    value = arguments.get(name)
    if value in (None, ""):
        raise ApiError(error, [f"[ERROR] missing required field: {name}"])
    return value


def is_true(value: Any) -> bool:
    """Return whether a value is true; booleans come as JSON, or as text in a form."""
    return value is True or str(value).lower() in ("true", "1")


def whole_number(arguments: Arguments, name: str, default: int, error: str) -> int:
    """Return the argument as a number from 1. Raise `ApiError` for any other value."""
    try:
        number = int(arguments.get(name) or default)
    except (TypeError, ValueError):
        raise ApiError(error) from None
    if number < 1:
        raise ApiError(error)
    return number


async def _arguments(request: web.Request) -> Arguments:
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        return arguments | body
    arguments.update(await request.post())
    for name in _JSON_ARGUMENTS:
        if isinstance(arguments.get(name), str):
            try:
                arguments[name] = json.loads(arguments[name])
            except ValueError:
                continue  # it stays text, and its method reports the mistake
    return arguments


def _token(request: web.Request, arguments: Arguments) -> str:
    header = request.headers.get("Authorization", "")
    in_body = str(arguments.pop("token", "") or "")
    return header.removeprefix("Bearer ").strip() or in_body

"""`/api/<method>`: tokens, bodies, faults and traffic around one table of methods."""

import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.traffic import Traffic

Arguments = dict[str, Any]
Method = Callable[[web.Request, Arguments], dict[str, Any]]

_APP_TOKEN_METHODS = frozenset({"apps.connections.open"})
_JSON_ARGUMENTS = ("blocks", "attachments", "metadata", "view", "files")


class WebApi:
    """The methods, and what every call goes through."""

    def __init__(self, faults: Faults, traffic: Traffic) -> None:
        self.methods: dict[str, Method] = {}
        self._faults = faults
        self._traffic = traffic

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One request of the app."""
        started = time.monotonic()
        method = request.match_info["method"]
        arguments = await _arguments(request)
        token = _token(request, arguments)
        if self._faults.of_method("drop", method) and request.transport is not None:
            request.transport.abort()
            raise ConnectionResetError
        response, body = self._answer(request, method, arguments, token)
        self._traffic.record(
            direction="in",
            kind="api",
            method=method,
            status=response.status if body.get("ok") else body.get("error", response.status),
            ms=(time.monotonic() - started) * 1000,
            request=arguments,
            response=body,
        )
        return response

    def _answer(
        self, request: web.Request, method: str, arguments: Arguments, token: str
    ) -> tuple[web.Response, dict[str, Any]]:
        limited = self._faults.of_method("rate_limit", method)
        if limited is not None:
            body = {"ok": False, "error": "ratelimited"}
            headers = {"Retry-After": str(int(limited.get("retry_after", 1)))}
            return web.json_response(body, status=429, headers=headers), body
        failing = self._faults.of_method("fail", method)
        if failing is not None:
            body = {"ok": False, "error": failing.get("error", "internal_error")}
            return web.json_response(body, status=int(failing.get("status", 200))), body
        try:
            self._check(method, token)
            body = {"ok": True, **self.methods[method](request, arguments)}
        except ApiError as error:
            body = error.body()
        return web.json_response(body), body

    def _check(self, method: str, token: str) -> None:
        if method == "auth.test" and self._faults.value("auth_test"):
            raise ApiError(str(self._faults.value("auth_test")))
        if method not in self.methods:
            raise ApiError("unknown_method")
        if not token:
            raise ApiError("not_authed")
        if token not in (people.BOT_TOKEN, people.APP_TOKEN):
            raise ApiError("invalid_auth")
        if (token == people.APP_TOKEN) != (method in _APP_TOKEN_METHODS):
            raise ApiError("not_allowed_token_type")


def required(arguments: Arguments, name: str, error: str = "invalid_arguments") -> Any:
    """The argument, or Slack's refusal."""
    value = arguments.get(name)
    if value in (None, ""):
        raise ApiError(error, [f"[ERROR] missing required field: {name}"])
    return value


def is_true(value: Any) -> bool:
    """Booleans come as JSON, or as text in a form."""
    return value is True or str(value).lower() in ("true", "1")


async def _arguments(request: web.Request) -> Arguments:
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            body = {}
        return arguments | (body if isinstance(body, dict) else {})
    arguments.update(await request.post())
    for name in _JSON_ARGUMENTS:
        if isinstance(arguments.get(name), str):
            try:
                arguments[name] = json.loads(arguments[name])
            except ValueError:
                arguments[name] = None
    return arguments


def _token(request: web.Request, arguments: Arguments) -> str:
    header = request.headers.get("Authorization", "")
    in_body = str(arguments.pop("token", "") or "")
    return header.removeprefix("Bearer ").strip() or in_body

"""Health for a supervisor, and metrics for Prometheus, over HTTP on an address of the admin's.

`/healthz` answers while the event loop turns. `/readyz` says whether the bot can do its work: 200
or 503, with a line for each check. Neither shows names of people or servers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from provisioning.core.errors import UserError

_CHECK_SECONDS = 5.0
_FRESH_SECONDS = 5.0
"""Time for which a result is used again, so that scrapes ask nothing of Slack, database or Azure
more often."""

READY = Gauge("notebook_bot_ready", "Whether a check of /readyz passes", ["check"])

log = structlog.get_logger(__name__)


class UnreadyError(Exception):
    """A check does not pass; the text says why, without secrets."""


Check = Callable[[], Awaitable[str]]
"""Return a short text about what is well. Raises `UnreadyError`."""


@dataclass(frozen=True)
class Finding:
    """The result of a check, and the monotonic time in seconds at which it was seen."""

    passes: bool
    text: str
    seen_at: float


class HealthServer:
    """The server of `/healthz`, `/readyz` and `/metrics`. Until `watch`, the bot is not ready."""

    def __init__(self) -> None:
        self._checks: Mapping[str, Check] = {"start": _starting}
        self._measure: Callable[[], Awaitable[None]] = _nothing
        self._found: dict[str, Finding] = {}
        self._asking = asyncio.Lock()
        self._runner: web.AppRunner | None = None

    def watch(self, checks: Mapping[str, Check], measure: Callable[[], Awaitable[None]]) -> None:
        """Use these checks of `/readyz`, by name; `measure` updates gauges before a scrape."""
        self._checks, self._measure, self._found = checks, measure, {}
        READY.clear()

    async def start(self, host: str, port: int) -> None:
        """Begin to answer.

        Raises:
            UserError: if another program has the port, or the address is not this computer's.
        """
        server = web.Application()
        server.router.add_get("/healthz", _alive)
        server.router.add_get("/readyz", self._ready)
        server.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(server, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            raise UserError(
                f"I can't listen on {host}:{port} ({error.strerror}). Stop the program that uses "
                "the port, or set NOTEBOOK_BOT_METRICS_HOST and NOTEBOOK_BOT_METRICS_PORT."
            ) from None

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._runner.addresses[0][1]) if self._runner is not None else 0

    async def close(self) -> None:
        """Stop answering."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def look(self) -> Mapping[str, Finding]:
        """Run the checks whose results are no longer fresh, all at the same time."""
        async with self._asking:
            old = time.monotonic() - _FRESH_SECONDS
            due = [
                name
                for name in self._checks
                if name not in self._found or self._found[name].seen_at < old
            ]
            await asyncio.gather(*(self._run(name) for name in due))
        return self._found

    async def _run(self, name: str) -> None:
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                passes, text = True, await self._checks[name]()
        except UnreadyError as error:
            passes, text = False, str(error)
        except TimeoutError:
            passes, text = False, f"no answer in {_CHECK_SECONDS:.0f} s"
        except Exception as error:
            log.exception("check failed", check=name)
            passes, text = False, type(error).__name__
        before = self._found.get(name)
        if before is not None and before.passes != passes:
            log.warning("readiness changed", check=name, ready=passes, said=text)
        self._found[name] = Finding(passes, text, time.monotonic())
        READY.labels(check=name).set(passes)

    async def _ready(self, _request: web.Request) -> web.Response:
        found = await self.look()
        ready = all(each.passes for each in found.values())
        checks = {name: {"ready": each.passes, "said": each.text} for name, each in found.items()}
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return web.json_response({"ready": ready, "checks": checks}, status=status)

    async def _metrics(self, _request: web.Request) -> web.Response:
        await self.look()
        await self._measure()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _starting() -> str:
    raise UnreadyError("the bot starts")


async def _nothing() -> None:
    pass


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")

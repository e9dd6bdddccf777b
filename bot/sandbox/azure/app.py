"""The server of local Azure: TLS, sign-in, faults and traffic around `arm.dispatch`.

The sandbox's own paths, `/sandbox/...`, are here too.
"""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from aiohttp import web

from bot.sandbox.azure import arm, commands, groups, power, prices, resources, roles, subnets, tls
from bot.sandbox.azure.context import CALLER, Azure
from bot.sandbox.azure.discovery import Discovery
from bot.sandbox.azure.durations import Durations
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.fault_kinds import ANSWER, FAULT, ArmFault, ArmFaults
from bot.sandbox.azure.identity import Identity
from bot.sandbox.azure.names import action_name, is_list, location_name, operation_name
from bot.sandbox.azure.operations import Operations
from bot.sandbox.azure.sandbox_api import CLIENT, SandboxApi
from bot.sandbox.azure.state import State
from bot.sandbox.azure.throttling import Throttling
from bot.sandbox.inspection import Inspection
from bot.sandbox.machines.port import Machines
from bot.sandbox.traffic import Exchange, Traffic, milliseconds_since, readable

TENANT = "00000000-0000-0000-0000-00000000000a"
SECRET = "sandbox-secret"  # noqa: S105 - no secret: the sandbox listens on loopback only
OWNER = "00000000-0000-0000-0000-00000000000d"
OWNER_SECRET = "owner-secret"  # noqa: S105 - as above
"""The subscription's owner, as whom scripts do what the bot may not."""
SUBSCRIPTION = "00000000-0000-0000-0000-00000000000c"
GROUP = "notebook-bot"
"""The resource group of the product's own default, in which the bot has its role."""

_log = logging.getLogger(__name__)

_LARGEST_BODY = 4 * 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalAzure:
    """Azure Resource Manager, Entra's token endpoint and the price list, on loopback."""

    def __init__(
        self,
        folder: Path,
        machines: Machines,
        *,
        speed: float,
        seed: int | None = None,
        quota_times: int = 1,
        group: str = GROUP,
        requests_share: float = 1.0,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = folder / "ca.pem"
        self.url = ""
        self.traffic = Traffic()
        self.identity = Identity(TENANT, {CLIENT: SECRET, OWNER: OWNER_SECRET}, folder)
        state = State(folder / "state.json", quota_times)
        self.identity.expired = {CLIENT} if state.is_secret_expired else set()
        durations = Durations(speed, seed)
        operations = Operations(state, durations)
        parts = (state, durations, operations, ArmFaults(), machines)
        self.azure = Azure(SUBSCRIPTION, *parts)
        self.throttling = Throttling(durations, SUBSCRIPTION, requests_share)
        roles.seed(state, SUBSCRIPTION, group, CLIENT, OWNER)
        self._context = tls.server_context(folder)
        self._runner: web.AppRunner | None = None
        for module in (resources, power, commands, subnets, groups):
            module.register_finishers(self.azure)

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        folder: Path,
        *,
        machines: Machines,
        port: int = 0,
        speed: float = 200.0,
        seed: int | None = None,
        quota_times: int = 1,
        group: str = GROUP,
        requests_share: float = 1.0,
    ) -> AsyncIterator["LocalAzure"]:
        """Serve on 127.0.0.1 until the block ends; port 0 takes a free port.

        In a new subscription, `group` is the resource group in which the bot has its role.
        `requests_share` is the part of Azure's limits of requests that a busy subscription leaves.
        """
        server = cls(
            folder,
            machines,
            speed=speed,
            seed=seed,
            quota_times=quota_times,
            group=group,
            requests_share=requests_share,
        )
        await server.start(port)
        try:
            yield server
        finally:
            await server.close()

    async def start(self, port: int) -> None:
        """Boot the machines that ran before, continue the operations in flight, and listen."""
        await power.boot_again(self.azure)
        self.azure.operations.resume()
        application = web.Application(
            middlewares=[self._recorded, self._refusals], client_max_size=_LARGEST_BODY
        )
        self._add_routes(application.router)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=self._context)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.url = f"https://127.0.0.1:{bound}"

    async def close(self) -> None:
        """Stop listening and stop all machines; the state is kept."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self.azure.operations.close()
        await self.azure.machines.close()
        self.azure.state.save()

    def _add_routes(self, router: web.UrlDispatcher) -> None:
        self.identity.add_routes(router)
        prices.add_routes(router)
        Inspection(self.azure.faults, self.traffic).add_routes(router)
        SandboxApi(self.azure, self.identity).add_routes(router)
        Discovery(self.azure, TENANT, self.identity.caller).add_routes(router)
        router.add_route("*", "/subscriptions{tail:.*}", self._arm)

    @web.middleware
    async def _recorded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/sandbox/"):
            return await handler(request)
        started = time.monotonic()
        sent = await request.read()
        response = await handler(request)
        # Azure's own id of the request, by which its support finds it.
        response.headers["x-ms-request-id"] = str(uuid4())
        answer = response.body if isinstance(response, web.Response) else None
        exchange = Exchange(
            direction="in",
            method=request.method,
            status=response.status,
            ms=milliseconds_since(started),
            request=readable(sent),
            response=readable(answer) if isinstance(answer, bytes) else None,
            more={"path": str(request.rel_url)},
        )
        self.traffic.record(exchange)
        return response

    @web.middleware
    async def _refusals(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ArmError as error:
            return error.response()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # A body of a shape that the SDKs never send: ARM refuses it, and the log shows why.
            _log.warning(
                "could not read the request %s %s", request.method, request.path, exc_info=True
            )
            return ArmError(
                "InvalidRequestFormat", f"Cannot parse the request: {error!r}"
            ).response()

    async def _arm(self, request: web.Request) -> web.Response:
        request[CALLER] = self.identity.caller(request.headers.get("Authorization"))
        if not request[CALLER]:
            raise ArmError(
                "InvalidAuthenticationToken", "The access token is missing, invalid or expired."
            )
        if "api-version" not in request.query:
            raise ArmError(
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
                status=400,
            )
        budget = self.throttling.of_principal(request, request[CALLER])
        if isinstance(budget, web.Response):
            return budget
        response = await self._permitted(request)
        response.headers.update(budget)
        return response

    async def _permitted(self, request: web.Request) -> web.Response:
        """Answer a request for which its sender has a token left."""
        location = await self._location(request)
        fault = self.azure.faults.strike(operation_name(request.method, request.path), location)
        if fault is not None:
            if fault.kind == "cut" and request.transport is not None:
                request.transport.abort()
            if fault.kind == ANSWER:
                return _answer(fault, request)
            fault.refuse(action_name(request.method, request.path), request.path, location)
            request[FAULT] = fault
        limits = self.throttling.of_compute(request)
        if isinstance(limits, web.Response):
            return limits
        response = await arm.dispatch(self.azure, request)
        response.headers.update(limits)
        return response

    async def _location(self, request: web.Request) -> str:
        """Return the region that the request names, or else the region of its resource."""
        query = request.query.get("$filter", "")
        if named := location_name(request.path, query, await request.read()):
            return named
        words = request.path.split("/")
        for length in range(len(words), 8, -1):  # an action or a child lies below its resource
            if found := self.azure.state.find("/".join(words[:length])):
                return str(found["location"])
        return ""


def _answer(fault: ArmFault, request: web.Request) -> web.Response:
    """Return the answer of a fault of the kind `answer`."""
    hides = fault.body is None and (fault.status, fault.code) == (404, "ResourceNotFound")
    if hides and is_list(request.method, request.path):
        return web.json_response({"value": []})
    return fault.answer()

"""The Azure SDK's clients: one connection pool, one identity, one way to wait.

The SDK takes up to 1 s and 40 MB to import, so its big parts are imported at first use: a
command line that only prints its help does not pay for them.
"""

import asyncio
import importlib
import ssl
from collections.abc import Awaitable, Callable
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from azure.core.pipeline.policies import AsyncRetryPolicy
from azure.core.pipeline.transport import AioHttpTransport

from provisioning.adapters.azure.config import USUAL_PATIENCE, AzureConfig, Patience
from provisioning.adapters.azure.credentials import RenewableCredential, RenewingAuthentication
from provisioning.adapters.azure.errors import translated
from provisioning.adapters.azure.meanings import setting
from provisioning.adapters.azure.network_resources import NetworkResources
from provisioning.adapters.azure.pacing import (
    SHORT,
    TOO_MANY,
    USUAL_SECONDS,
    BudgetPolicy,
    Pace,
    PacedPolling,
    RequestBudget,
    seconds_asked,
)
from provisioning.adapters.azure.request_log import RequestLog
from provisioning.core.errors import UserError

MAX_RETRY_AFTER = 20.0
"""Seconds. Azure asks for more at times; the caller waits for those, and tells why."""


class BoundedRetryPolicy(AsyncRetryPolicy[Any, Any]):
    """Retries over a problem of a second or two, and leaves longer ones to the caller.

    The SDK's own policy spends 4.8 s on a refused connection and obeys any Retry-After.
    """

    def __init__(self, **options: Any) -> None:
        bounds = {"retry_connect": 1, "retry_read": 2, "retry_status": 3, "retry_total": 4}
        super().__init__(**{**options, **bounds, "retry_backoff_factor": 0.3})

    def is_retry(self, settings: Any, response: Any) -> bool:
        """Return whether to retry here: not if Azure asks for a longer wait than this one's."""
        answer = response.http_response
        if answer.status_code == TOO_MANY and seconds_asked(answer) > MAX_RETRY_AFTER:
            return False
        return super().is_retry(settings, response)

    def get_retry_after(self, response: Any) -> float | None:
        """Return the server's Retry-After in seconds, at most `MAX_RETRY_AFTER`."""
        seconds = super().get_retry_after(response)
        return None if seconds is None else min(seconds, MAX_RETRY_AFTER)


if TYPE_CHECKING:
    from azure.core.polling import AsyncLROPoller
    from azure.mgmt.compute.aio import ComputeManagementClient
    from azure.mgmt.resource.resources.aio import ResourceManagementClient

_T = TypeVar("_T")

_SDK = (
    "azure.identity.aio",
    "azure.mgmt.resource.resources.aio",
    "azure.mgmt.compute.aio",
)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def open_session(url: str, ca_file: Path | None, **options: Any) -> aiohttp.ClientSession:
    """Open a connection pool with one TLS context that trusts `ca_file` or the system.

    A proxy of the environment is used as the SDK does by default, but never for loopback.
    Call it inside a running event loop.

    Raises:
        UserError: if `ca_file` can't be read or holds no certificate.
    """
    try:
        context = _trusting(ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or "no certificate in it"
        raise UserError(
            f"The CA file {ca_file} can't be used ({reason}). Check {setting('ca_file')}."
        ) from error
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=urlsplit(url).hostname not in _LOOPBACK,
        **options,
    )


@cache
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return the TLS context of all sessions: to read the system's certificates takes 40 ms."""
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


class AzureClients:
    """The clients of compute, network and resources, created at first use in a running loop."""

    def __init__(self, config: AzureConfig, patience: Patience = USUAL_PATIENCE) -> None:
        self.config = config
        self.patience = patience
        self._budget = RequestBudget(config.poll_seconds)
        self._opened: list[Any] = []

    @property
    def facts(self) -> dict[str, str]:
        """What the sentences of the error table may name."""
        return self.facts_in(self.config.region)

    def facts_in(self, region: str) -> dict[str, str]:
        """Return the same facts for an operation in that region."""
        return {"region": region, "resource_group": self.config.resource_group}

    @cached_property
    def compute(self) -> "ComputeManagementClient":
        """Virtual machines, disks, sizes and usages."""
        from azure.mgmt.compute.aio import ComputeManagementClient  # noqa: PLC0415

        return self._client(ComputeManagementClient)

    @cached_property
    def network(self) -> NetworkResources:
        """Addresses, interfaces, the VNet and its security group."""
        return NetworkResources(self.resources, self.config.subscription_id)

    @cached_property
    def resources(self) -> "ResourceManagementClient":
        """Resource groups, providers, and all resources with their tags."""
        from azure.mgmt.resource.resources.aio import ResourceManagementClient  # noqa: PLC0415

        return self._client(ResourceManagementClient)

    @cached_property
    def credential(self) -> RenewableCredential:
        """The service principal if it has a secret, else the machine's own identity."""
        from azure.identity.aio import ClientSecretCredential, DefaultAzureCredential  # noqa: PLC0415

        config = self.config
        common: dict[str, Any] = {
            "authority": config.authority,
            "transport": self._transport,
            "retry_policy_class": BoundedRetryPolicy,
        }
        make: Callable[[], ClientSecretCredential | DefaultAzureCredential]
        if not config.client_secret:
            chosen = config.client_id or None
            make = partial(DefaultAzureCredential, managed_identity_client_id=chosen, **common)
        else:
            missing = [f for f in ("tenant_id", "client_id") if not getattr(config, f)]
            if missing:
                raise UserError(
                    f"{setting('client_secret')} is set, so {setting(missing[0])} is needed too: "
                    'see "Overview" of the app registration.'
                )
            principal = (config.tenant_id, config.client_id, config.client_secret)
            make = partial(ClientSecretCredential, *principal, **common)
        try:
            credential = RenewableCredential(make)
        except ValueError as error:
            raise UserError(
                f"{setting('tenant_id')} or {setting('authority')} is not valid: {error}"
            ) from error
        self._opened.append(credential)
        return credential

    async def load(self) -> None:
        """Import the SDK in a thread, so that the first use does not stop the event loop."""
        for module in _SDK:
            await asyncio.to_thread(importlib.import_module, module)

    async def finish(
        self,
        operation: str,
        begin: "Callable[..., Awaitable[AsyncLROPoller[_T]]]",
        *arguments: Any,
        **facts: str,
    ) -> _T:
        """Start a long-running operation and wait for its result, with errors translated."""
        with translated(operation, {**self.facts, **facts}):
            return await self.finish_raw(begin, *arguments)

    async def finish_raw(
        self, begin: "Callable[..., Awaitable[AsyncLROPoller[_T]]]", *arguments: Any
    ) -> _T:
        """Work as `finish` does, but raise the SDK's own exceptions, which have Azure's codes."""
        usual = USUAL_SECONDS.get(getattr(begin, "__qualname__", ""), SHORT)
        base = {"endpoint": self.config.management_url}
        polling = PacedPolling(self.pace(usual), path_format_arguments=base)
        poller = await begin(*arguments, polling=polling)
        with self._budget.watching(usual):
            return await poller.result()

    def pace(self, usual: float) -> Pace:
        """Return the pauses between looks at what usually takes so many seconds."""
        return Pace(usual, self.config.poll_seconds, self._budget.least_pause)

    async def close(self) -> None:
        """Close clients, identity and connections."""
        for opened in reversed(self._opened):
            await opened.close()
        self._opened.clear()
        for name in ("compute", "network", "resources", "credential", "_transport"):
            self.__dict__.pop(name, None)

    @cached_property
    def _transport(self) -> AioHttpTransport:
        # With `connection_verify=ca_file` the SDK would build a TLS context at each request
        # and pool nothing, so the session brings its own.
        session = open_session(
            self.config.management_url, self.config.ca_file, auto_decompress=False
        )
        self._opened.insert(0, session)
        return AioHttpTransport(session=session, session_owner=False)

    def _client(self, kind: Callable[..., _T]) -> _T:
        if not self.config.subscription_id:
            raise UserError(
                f"{setting('subscription_id')} is empty. Set the id of the subscription that "
                "pays for the servers; `az account show --query id` prints it."
            )
        client = kind(
            self.credential,
            self.config.subscription_id,
            base_url=self.config.management_url.rstrip("/"),
            credential_scopes=[self.scope],
            authentication_policy=RenewingAuthentication(self.credential, self.scope),
            transport=self._transport,
            retry_policy=BoundedRetryPolicy(),
            per_retry_policies=[BudgetPolicy(self._budget), RequestLog()],
        )
        self._opened.append(client)
        return client

    @property
    def scope(self) -> str:
        """The scope of a token for Azure Resource Manager."""
        return self.config.management_url.rstrip("/") + "/.default"

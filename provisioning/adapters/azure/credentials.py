"""The bot's tokens for Azure: a refused token is replaced once before the refusal counts."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy

if TYPE_CHECKING:
    from azure.identity.aio import ClientSecretCredential, DefaultAzureCredential

    Credential = ClientSecretCredential | DefaultAzureCredential

_REFUSED = 401

_T = TypeVar("_T")


class RenewableCredential:
    """A credential of azure-identity that can forget its tokens.

    azure-identity hands out a token until it has expired by the clock of this computer. If that
    clock is late, or Azure has revoked the token, only a new credential asks for a new one.
    """

    def __init__(self, make: "Callable[[], Credential]") -> None:
        self._make = make
        self._present = make()
        self._former: Credential | None = None
        self._latest = ""
        self._requests: set[asyncio.Task[Any]] = set()

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return a token for the scopes."""
        token = await self._uncancelled(self._present.get_token(*scopes, **options))
        self._latest = token.token
        return token

    async def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """Return a token for the scopes, as the SDK's clients ask for it."""
        token = await self._uncancelled(self._present.get_token_info(*scopes, options=options))
        self._latest = token.token
        return token

    async def _uncancelled(self, request: Coroutine[Any, Any, _T]) -> _T:
        """Await a request that goes on if its caller is cancelled.

        The credential may start a program such as `az`, and a start that is cancelled never ends
        in Python 3.11.
        """
        task = asyncio.ensure_future(request)
        self._requests.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, request: asyncio.Task[Any]) -> None:
        self._requests.discard(request)
        if not request.cancelled():
            request.exception()  # read, so that a failure that no caller awaits is not reported

    async def renew(self, refused: str) -> None:
        """Forget the refused token, unless a newer one was handed out since."""
        if refused != self._latest:
            return
        former, self._former = self._former, self._present
        self._present, self._latest = self._make(), ""
        if former is not None:  # the one that was just replaced may still be in use
            await former.close()

    async def close(self) -> None:
        """Wait for the requests, and close the connections."""
        await asyncio.gather(*self._requests, return_exceptions=True)
        for each in (self._former, self._present):
            if each is not None:
                await each.close()

    async def __aenter__(self) -> "RenewableCredential":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


class RenewingAuthentication(AsyncARMChallengeAuthenticationPolicy):
    """The SDK's authentication, which sends a refused request once more with a new token."""

    def __init__(self, credential: RenewableCredential, scope: str) -> None:
        super().__init__(credential, scope)
        self._renewable = credential

    async def send(self, request: Any) -> Any:
        """Send the request, and again with a new token if Azure refuses the present one."""
        response = await super().send(request)
        if response.http_response.status_code != _REFUSED:
            return response
        _scheme, _space, token = request.http_request.headers["Authorization"].partition(" ")
        await self._renewable.renew(token)
        return await super().send(request)

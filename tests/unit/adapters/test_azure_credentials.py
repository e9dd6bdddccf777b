"""The bot's tokens, whose requests may start programs such as `az`."""

import asyncio

import pytest

from provisioning.adapters.azure.credentials import RenewableCredential


class SlowCredential:
    """A credential of azure-identity whose request ends when `answer` is set."""

    def __init__(self) -> None:
        self.asked, self.answer = asyncio.Event(), asyncio.Event()
        self.events: list[str] = []

    async def get_token_info(self, *_scopes, **_options):
        self.asked.set()
        try:
            await self.answer.wait()
        except asyncio.CancelledError:
            self.events.append("cancelled")
            raise
        self.events.append("answered")
        raise ConnectionError

    async def close(self):
        self.events.append("closed")


async def test_a_request_whose_caller_is_cancelled_ends_by_itself_before_the_close():
    slow = SlowCredential()
    credential = RenewableCredential(lambda: slow)
    caller = asyncio.ensure_future(credential.get_token_info("scope"))
    await slow.asked.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    slow.answer.set()
    await credential.close()
    assert slow.events == ["answered", "closed"]

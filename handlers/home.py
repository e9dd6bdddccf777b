"""The bot's Home tab: the person's servers and what can be done."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers import answers
from handlers.context import Context
from handlers.failures import explain
from handlers.mrkdwn import Block, header
from handlers.recent import Recent
from handlers.usage_answers import cost_blocks
from provisioning.language import speaking
from provisioning.model import Member, Server
from provisioning.usage import Usage

LISTENED_TAB = "home"


def home_view(
    servers: Sequence[Server], viewer: str = "", month: Usage | None = None
) -> dict[str, Any]:
    """At most 100 blocks: the overview keeps below 50. `month`: what this one cost so far."""
    blocks: list[Block] = [
        header("My servers"),
        *answers.overview_answer(servers, viewer).blocks,
        *([] if month is None or not month.entries else cost_blocks(month)),
    ]
    return {"type": "home", "blocks": blocks}


class Home:
    """The listener of `app_home_opened`, which fires at every visit."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: Recent[None] = Recent()

    async def __call__(
        self, body: dict[str, Any], event: dict[str, Any], client: AsyncWebClient
    ) -> None:
        """Bolt's listener."""
        self._context.homes.visited(event["user"])
        if event.get("tab") == LISTENED_TAB and self._seen.is_new(body["event_id"], None):
            self._context.tasks.spawn(self.publish(event["user"], client), "home")

    async def publish(self, user_id: str, client: AsyncWebClient) -> None:
        """Draw the tab of that person."""
        with speaking(await self._context.languages.of(user_id)):
            await self._publish(user_id, client)

    async def _publish(self, user_id: str, client: AsyncWebClient) -> None:
        try:
            await self._context.access.require_member(user_id)
            member = Member(user_id)
            servers = await self._context.servers.list(member)
            view = home_view(servers, user_id, await self._context.usage.month_of(member))
        except Exception as error:
            text = explain(error, action="home", user=user_id)
            view = {"type": "home", "blocks": answers.refusal(text).blocks}
        await client.views_publish(user_id=user_id, view=view)

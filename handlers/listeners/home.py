"""The bot's Home tab: the member's servers and what can be done with them."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence, refusal
from handlers.kit.toolkit import Toolkit
from handlers.kit.undelivered import undelivered
from handlers.usage.home_view import for_outsiders, home_view
from provisioning.core.language import speaking
from provisioning.usage.overview import Overviews

LISTENED_TAB = "home"


class Home:
    """The listener of `app_home_opened`, which Slack sends at every visit."""

    def __init__(self, overviews: Overviews, kit: Toolkit) -> None:
        self._overviews = overviews
        self._kit = kit
        self._seen: Recent[None] = Recent()

    async def __call__(
        self, body: dict[str, Any], event: dict[str, Any], client: AsyncWebClient
    ) -> None:
        """Draw the tab if the visit is new and is to the Home tab."""
        self._kit.homes.visited(event["user"])
        if event.get("tab") == LISTENED_TAB and self._seen.is_new(body["event_id"], None):
            self._kit.tasks.spawn(self.publish(event["user"], client), "home")

    async def publish(self, user_id: str, client: AsyncWebClient) -> None:
        """Draw the person's tab in the person's language."""
        with speaking(await self._kit.languages.of(user_id)):
            await self._publish(user_id, client)

    async def _publish(self, user_id: str, client: AsyncWebClient) -> None:
        try:
            view = await self._view(user_id)
        except Exception as error:
            text = failure_sentence(error, action="home", user=user_id)
            view = {"type": "home", "blocks": refusal(text).blocks}
        await client.views_publish(user_id=user_id, view=view)

    async def _view(self, user_id: str) -> dict[str, Any]:
        admins = self._kit.access.whom_to_ask()
        if not await self._kit.access.is_member(user_id):
            return {"type": "home", "blocks": for_outsiders(admins)}
        member = await self._kit.member(user_id, "")
        view = home_view(await self._overviews.of(member), user_id, admins)
        if await self._kit.refused.since() is not None:
            view["blocks"] = [*undelivered(to_admin=member.is_admin), *view["blocks"]]
        return view

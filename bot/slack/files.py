"""Files in people's DMs, for `handlers.kit.toolkit.Files`."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.direct_messages import DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error


class SlackFiles:
    """By Slack's upload in three steps, which the SDK does."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._messages = DirectMessages(client)

    async def send(
        self, user_id: str, name: str, content: bytes, title: str, comment: str = ""
    ) -> None:
        """See `Files.send`."""
        try:
            channel = await self._messages.channel(user_id)
            await self.upload(channel, name, content, title, comment)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    async def upload(
        self, channel: str, name: str, content: bytes, title: str, comment: str = ""
    ) -> None:
        """Into any channel. Raises what Slack's SDK raises."""
        await self._client.files_upload_v2(
            channel=channel,
            filename=name,
            content=content,
            title=title,
            initial_comment=comment or None,
        )

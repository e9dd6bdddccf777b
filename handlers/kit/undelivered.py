"""The paragraph above every answer while Slack refuses all direct messages of the bot."""

from handlers.kit.blocks import Block, Message, section
from provisioning.core.language import _
from provisioning.members.refused_messages import RefusedMessages


async def undelivered(refused: RefusedMessages, *, to_admin: bool) -> list[Block]:
    """Return the paragraph, or nothing while Slack takes direct messages."""
    if await refused.since() is None:
        return []
    return [section(f":warning: {_sentence(to_admin=to_admin)}")]


async def with_undelivered(
    message: Message, refused: RefusedMessages, *, to_admin: bool
) -> Message:
    """Return the answer with the paragraph above it if Slack refuses direct messages."""
    above = await undelivered(refused, to_admin=to_admin)
    if not above:
        return message
    text = f"{_sentence(to_admin=to_admin)} {message.text}"
    return Message(text, [*above, *message.blocks])


def _sentence(*, to_admin: bool) -> str:
    if to_admin:
        return _(
            "Slack refuses all my direct messages (`messages_tab_disabled`), so passwords, "
            "addresses and warnings don't arrive. Open api.slack.com/apps, choose this app, then "
            "App Home, and turn on the Messages tab. What waits is sent then by itself."
        )
    return _(
        "I can't send you direct messages now: the Messages tab of this app is off. Ask an admin "
        "of this bot to turn it on. Your password and my other messages come then by themselves."
    )

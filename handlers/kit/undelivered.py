"""The paragraph above every answer while Slack refuses all direct messages of the bot."""

from handlers.kit.blocks import Block, Message, section
from provisioning.core.language import _


def undelivered(*, to_admin: bool) -> list[Block]:
    """Return the paragraph: what is refused, and what ends it."""
    return [section(f":warning: {_sentence(to_admin=to_admin)}")]


def below_undelivered(message: Message, *, to_admin: bool) -> Message:
    """Return the answer with the paragraph above it."""
    text = f"{_sentence(to_admin=to_admin)} {message.text}"
    return Message(text, [*undelivered(to_admin=to_admin), *message.blocks])


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

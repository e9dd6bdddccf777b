"""Where the messages of the bot are in Slack."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Delivery:
    """The place of a message in Slack: channel and timestamp.

    `ts` is empty where the message is not posted yet, or where its timestamp got lost.
    `to` is the Slack id of the member whose DM the channel is, where a reader needs it.
    """

    channel: str
    ts: str
    to: str = ""

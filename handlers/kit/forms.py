"""Modals: what all forms share, an answer in a modal, and a question before something ends."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.kit.blocks import Block, Message, plain_text, section
from handlers.kit.failures import failure_sentence, refusal
from handlers.kit.toolkit import Toolkit
from provisioning.core.language import _, speaking
from provisioning.core.model.people import Member

LONGEST_TITLE = 24
"""Most characters of a modal's title, from Slack's reference of Block Kit."""


def answer_view(message: Message, title: str = "") -> dict[str, Any]:
    """Return the modal that shows a message; the title may be a server's name."""
    shown = title if 0 < len(title) <= LONGEST_TITLE else _("Notebook servers")
    return {
        "type": "modal",
        "title": plain_text(shown),
        "close": plain_text(_("Close")),
        "blocks": message.blocks,
    }


@dataclass(frozen=True)
class Question:
    """What a modal asks about a server, before what the form `callback_id` does.

    `confirm` is the word on the button that goes on, `deny` the one that does not.
    """

    callback_id: str
    server_id: str
    title: str
    text: str
    confirm: str
    deny: str
    more: tuple[Block, ...] = ()

    @property
    def view(self) -> dict[str, Any]:
        """The modal. It has no fields, so a submission says yes."""
        return answer_view(Message(self.text, [section(self.text), *self.more]), self.title) | {
            "callback_id": self.callback_id,
            "private_metadata": self.server_id,
            "submit": plain_text(self.confirm[:LONGEST_TITLE]),
            "close": plain_text(self.deny[:LONGEST_TITLE]),
        }


@dataclass(frozen=True)
class Dialogs:
    """Ask in a modal, and answer there."""

    kit: Toolkit

    async def ask(self, trigger_id: str, question: Question) -> None:
        """Show the question."""
        await self.kit.modals.open(trigger_id, question.view)

    async def show(self, trigger_id: str, message: Message, title: str = "") -> None:
        """Show a message in a modal of its own."""
        await self.kit.modals.open(trigger_id, answer_view(message, title))

    async def answer(
        self, ack: Any, body: dict[str, Any], act: Callable[[Member, str], Awaitable[Message]]
    ) -> None:
        """Do what the member has confirmed, and show the answer in place of the question.

        `act` takes the member and the server's id.
        """
        user_id, server_id = body["user"]["id"], body["view"]["private_metadata"]
        with speaking(await self.kit.languages.of(user_id)):
            try:
                await self.kit.access.require_member(user_id)
                message = await act(await self.kit.sender(body["user"]), server_id)
            except Exception as error:
                message = refusal(failure_sentence(error, user=user_id))
            view = answer_view(message, body["view"]["title"]["text"])
        await ack(response_action="update", view=view)


def errors_at(view: Mapping[str, Any], field: str, sentence: str) -> dict[str, str]:
    """Return Slack's `errors`: the sentence at the field's block, or at the first input block."""
    blocks = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    at = next((each for each in blocks if each.partition("_")[0] == field), blocks[0])
    return {at: sentence.replace("`", "")}

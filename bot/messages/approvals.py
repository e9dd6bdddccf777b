"""Questions to approvers about creations beyond a limit, in one channel or in DMs."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import structlog
from typing_extensions import override

from bot.slack.access import SlackAccess
from bot.slack.direct_messages import DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error
from handlers.kit.blocks import Message
from handlers.limits import approval_cards
from provisioning.core.errors import DeliveryError
from provisioning.core.model.delivery import Delivery
from provisioning.limits.approval import Approval, ApprovalMessages, ApprovalStatus

_NOTICED_ANYWAY = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED, ApprovalStatus.WITHDRAWN)
"""States without a message of their own: the asker clicked, or the new server's card follows."""

log = structlog.get_logger(__name__)


class SlackApprovalMessages(ApprovalMessages):
    """Questions in `channel`, or in a DM to each approver if `channel` is ""."""

    def __init__(self, messages: DirectMessages, access: SlackAccess, channel: str) -> None:
        self._messages, self._access, self._channel = messages, access, channel

    @override
    async def update(self, approval: Approval) -> Approval:
        places = approval.places
        if not places and approval.status is ApprovalStatus.PENDING:
            places = await self._ask(approval)
        else:
            for place in places:
                draw = partial(approval_cards.question_card, approval)
                # A channel has no reader whose language counts.
                content = draw if place.to else draw()
                await self._messages.update(place.to, place, content, must_arrive=True)
        shown = replace(approval, places=places)
        return replace(shown, asker_place=await self._notify_asker(shown))

    async def _ask(self, approval: Approval) -> tuple[Delivery, ...]:
        """Post the question. A failed DM to one approver does not stop the others."""
        if self._channel:
            card = approval_cards.question_card(approval)
            posts = [self._messages.posts.post(self._channel, card)]
        else:
            posts = [self._ask_one(each, approval) for each in await self._access.approvers()]
        results = await asyncio.gather(*posts, return_exceptions=True)
        places = tuple(each for each in results if isinstance(each, Delivery))
        if places:
            return places
        raise _as_delivery_error(results)

    async def _ask_one(self, person: str, approval: Approval) -> Delivery:
        draw = partial(approval_cards.question_card, approval)
        place = await self._messages.send(person, draw, must_arrive=True, after_quiet_hours=False)
        return replace(place, to=person)

    async def _notify_asker(self, approval: Approval) -> Delivery | None:
        asker, place = approval.request.actor.id, approval.asker_place
        pending = approval.status is ApprovalStatus.PENDING

        def draw() -> Message:
            return approval_cards.asked_card(approval, self._access.who_approves())

        # The asker of a pending question has read the answer to the command. This message may
        # get lost: a retry would repeat the approvers' messages too.
        if place is None and pending:
            return await self._messages.send(
                asker, draw, must_arrive=False, after_quiet_hours=False
            )
        if place is not None:
            await self._messages.update(asker, place, draw, must_arrive=not pending)
        if approval.status not in _NOTICED_ANYWAY:
            await self._messages.send(asker, draw, must_arrive=True, after_quiet_hours=False)
        return place


def _as_delivery_error(results: Sequence[object]) -> DeliveryError:
    errors = [each for each in results if isinstance(each, BaseException)]
    for each in errors:
        if not isinstance(each, (DeliveryError, *FAILURES)):
            raise each
    if errors and isinstance(errors[0], DeliveryError):
        return errors[0]
    return as_delivery_error(errors[0]) if errors else DeliveryError("there is no approver")

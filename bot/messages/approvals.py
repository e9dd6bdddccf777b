"""Those who decide about what is beyond a member's limits, by Slack: in one channel, or by DM."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.slack.access import SlackAccess
from bot.slack.direct_messages import CardGoneError, DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error, error_code
from bot.slack.languages import SlackLanguages
from handlers.kit.blocks import Message
from handlers.limits import approval_cards
from provisioning.core.errors import DeliveryError
from provisioning.core.model.delivery import Delivery
from provisioning.limits.approval import Approval, ApprovalMessages, ApprovalStatus

_NOTICED_ANYWAY = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED, ApprovalStatus.WITHDRAWN)
"""The asker has just clicked, or the new server's own card follows."""

log = structlog.get_logger(__name__)


class SlackApprovalMessages(ApprovalMessages):
    """Asks approvers in Slack. `channel`: where questions are asked; empty: in a DM to each."""

    def __init__(
        self, client: AsyncWebClient, access: SlackAccess, channel: str, languages: SlackLanguages
    ) -> None:
        self._messages = DirectMessages(client)
        self._access = access
        self._channel = channel
        self._languages = languages

    @override
    async def update(self, approval: Approval) -> Approval:
        places = approval.places
        if not places and approval.status is ApprovalStatus.PENDING:
            places = await self._ask(approval)
        else:
            for place in places:
                await self._redraw(place, approval)
        shown = replace(approval, places=places)
        return replace(shown, asker_place=await self._show_asker(shown))

    async def _ask(self, approval: Approval) -> tuple[Delivery, ...]:
        """One who can't be reached (an account that ended) is no reason to ask nobody."""
        if self._channel:
            card = approval_cards.question_card(approval)
            posts = [self._messages.post_in(self._channel, card)]
        else:
            posts = [self._ask_one(each, approval) for each in await self._access.approvers()]
        results = await asyncio.gather(*posts, return_exceptions=True)
        places = tuple(each for each in results if isinstance(each, Delivery))
        if places:
            return places
        raise _as_delivery_error(results)

    async def _ask_one(self, person: str, approval: Approval) -> Delivery:
        card = await self._languages.drawn(person, approval_cards.question_card, approval)
        return replace(await self._messages.post_to(person, card), to=person)

    async def _show_asker(self, approval: Approval) -> Delivery | None:
        asker, place = approval.request.actor.id, approval.asker_place
        card = await self._languages.drawn(asker, self._asked_card, approval)
        try:
            if place is None and approval.status is ApprovalStatus.PENDING:
                return await self._messages.post_to(asker, card)
            if place is not None:
                with suppress(CardGoneError):
                    await self._messages.edit(place, card)
            if approval.status not in _NOTICED_ANYWAY:
                await self._messages.send(asker, card)
        except FAILURES as error:
            if approval.status is not ApprovalStatus.PENDING:
                raise as_delivery_error(error) from None
            # The answer to the command said it; the approvers' cards are not asked twice for it.
            log.info("asker not told", approval=approval.id, error=error_code(error))
        return place

    def _asked_card(self, approval: Approval) -> Message:
        return approval_cards.asked_card(approval, self._access.who_approves())

    async def _redraw(self, place: Delivery, approval: Approval) -> None:
        card = approval_cards.question_card(approval)
        if place.to:
            card = await self._languages.drawn(place.to, approval_cards.question_card, approval)
        try:
            await self._messages.edit(place, card)
        except CardGoneError:
            log.info("question is gone", channel=place.channel)
        except FAILURES as error:
            raise as_delivery_error(error) from None


def _as_delivery_error(results: Sequence[object]) -> DeliveryError:
    errors = [each for each in results if isinstance(each, BaseException)]
    for each in errors:
        if not isinstance(each, FAILURES):
            raise each
    return as_delivery_error(errors[0]) if errors else DeliveryError("there is no approver")

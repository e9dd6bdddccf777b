"""The form of a new server: opened, drawn again when a choice changes, and submitted."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from handlers.kit.answer_in_time import in_time
from handlers.kit.blocks import Message
from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence, refusal
from handlers.kit.forms import errors_at
from handlers.kit.mentions import Mention
from handlers.kit.toolkit import Toolkit
from handlers.servers.creation_form import (
    CreationDraft,
    creation_form,
    done_form,
    read_creation_form,
    refused_form,
    waiting_form,
)
from provisioning.core.errors import UserError, concerning
from provisioning.core.language import speaking
from provisioning.core.model.people import Member
from provisioning.core.model.request import CreateRequest
from provisioning.notebooks.requirements import split_list
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.create import Creations


class CreationByForm:
    """The open form of a new server. `create` begins a creation and returns the answer."""

    def __init__(
        self,
        creations: Creations,
        create: Callable[[CreateRequest], Awaitable[Message]],
        kit: Toolkit,
    ) -> None:
        self._creations = creations
        self._create = create
        self._kit = kit
        self._answers: Recent[asyncio.Task[dict[str, Any]]] = Recent()

    async def open(self, trigger_id: str, member: Member, draft: CreationDraft) -> None:
        """Open the form, and fill it as soon as Azure has answered."""
        view_id = await self._kit.modals.open(trigger_id, waiting_form())
        self._kit.tasks.spawn(self._fill(view_id, member.id, draft), "creation form")

    async def _fill(self, view_id: str, user_id: str, draft: CreationDraft) -> None:
        try:
            choice = await self._creations.choice(user_id, draft.platform, draft.region)
            view = creation_form(get_platform(draft.platform), choice, draft)
        except Exception as error:
            view = refused_form(failure_sentence(error, form="creation"))
        await self._kit.modals.update(view_id, view)

    async def choose(self, ack: Any, body: dict[str, Any]) -> None:
        """Draw the form again, with the sizes of the chosen platform and region."""
        await ack()
        view, user_id = body["view"], body["user"]["id"]
        with speaking(await self._kit.languages.of(user_id)):
            # The spawned task keeps this language.
            filling = self._fill(view["id"], user_id, read_creation_form(view))
            self._kit.tasks.spawn(filling, "creation form")

    async def submit(self, ack: Any, body: dict[str, Any]) -> None:
        """Answer the submission in its acknowledgement, or by DM if the answer takes longer."""
        answer, is_new = self._answers.once(
            body["trigger_id"],
            lambda: self._kit.tasks.spawn(self._submitted(body), "creation by form"),
        )
        if await in_time(answer, self._kit.answer_seconds):
            await ack(**answer.result())
            return
        await ack()
        if is_new:
            self._kit.tasks.spawn(self._answer_late(body["user"]["id"], answer), "late answer")

    async def _submitted(self, body: dict[str, Any]) -> dict[str, Any]:
        with speaking(await self._kit.languages.of(body["user"]["id"])):
            return await self._created(body)

    async def _created(self, body: dict[str, Any]) -> dict[str, Any]:
        view, user_id = body["view"], body["user"]["id"]
        try:
            await self._kit.access.require_member(user_id)
            request = await self._request(await self._kit.sender(body["user"]), view)
            message = await self._create(request)
        except Exception as error:
            field = error.field if isinstance(error, UserError) else ""
            sentence = failure_sentence(error, form="creation", user=user_id)
            return {"response_action": "errors", "errors": errors_at(view, field, sentence)}
        view = done_form(message)
        return {"response_action": "update", "view": view}

    async def _answer_late(self, user_id: str, answer: asyncio.Task[dict[str, Any]]) -> None:
        response = await answer
        if response["response_action"] == "errors":
            (sentence,) = response["errors"].values()
            await self._kit.messages.send(
                user_id, refusal(sentence), must_arrive=False, after_quiet_hours=False
            )

    async def _request(self, member: Member, view: dict[str, Any]) -> CreateRequest:
        draft = read_creation_form(view)
        with concerning("share"):
            mentions = [Mention(id=each) for each in draft.shares]
            shares = [await self._kit.people.find(each) for each in mentions]
        return CreateRequest(
            actor=member,
            platform=draft.platform,
            name=draft.name or None,
            size=draft.size or None,
            request_key=f"form-{view['id']}",
            release=draft.release or None,
            region=draft.region or None,
            disk_gb=int(draft.disk) if draft.disk else None,
            keep=timedelta(hours=draft.keep_hours) if draft.keep_hours else None,
            packages=tuple(split_list(draft.packages)),
            repository=draft.repository,
            shares=tuple(shares),
        )

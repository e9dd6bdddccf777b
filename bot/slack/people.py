"""The person of a mention: a member of the workspace who may use the bot."""

from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.slack.access import SlackAccess
from bot.slack.errors import FAILURES, error_code
from handlers.kit.mentions import Mention
from handlers.kit.toolkit import Colleagues
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.people import Member

_PAGE = 200

log = structlog.get_logger(__name__)


class SlackColleagues(Colleagues):
    """The people of the workspace, as Slack lists them."""

    def __init__(self, client: AsyncWebClient, access: SlackAccess) -> None:
        self._client = client
        self._access = access

    @override
    async def find(self, mention: Mention, *, also_outsiders: bool = False) -> Member:
        try:
            user = await (self._by_id(mention.id) if mention.id else self._by_name(mention.name))
        except FAILURES as error:
            log.warning("person not found", error=error_code(error))
            user = None
            if error_code(error) not in ("user_not_found", "user_not_visible"):
                raise UserError(
                    _(
                        "I can't look that person up now, because Slack does not answer. "
                        "Nothing was done; try again in a minute."
                    )
                ) from None
        if user is None:
            raise UserError(
                _(
                    "I can't find `{name}` in this workspace. Type @ and choose the person from "
                    "Slack's list.",
                    name=mention.name or mention.id,
                )
            )
        member = Member(user["id"], str(user.get("name") or ""))
        if not also_outsiders:
            await self._require_colleague(member, user)
        return member

    async def _by_id(self, user_id: str) -> dict[str, Any] | None:
        answer = await self._client.users_info(user=user_id)
        return dict(answer["user"])

    async def _by_name(self, name: str) -> dict[str, Any] | None:
        """Return the only person of that name; None for no person or several."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = await self._client.users_list(limit=_PAGE, cursor=cursor)
            found += [dict(user) for user in answer["members"] if _is_called(user, name)]
            cursor = (answer.get("response_metadata") or {"next_cursor": ""})["next_cursor"]
            if not cursor:
                return found[0] if len(found) == 1 else None

    async def _require_colleague(self, member: Member, user: dict[str, Any]) -> None:
        if user.get("is_bot"):
            raise UserError(_("A bot can't sign in to a notebook server. Name a person."))
        if user.get("deleted"):
            raise UserError(
                _(
                    "<@{person}>'s Slack account is deactivated. Name another person.",
                    person=member.id,
                )
            )
        if not await self._access.is_member(member.id):
            raise UserError(
                _(
                    "<@{person}> may not use notebook servers here, so nothing was done. Ask "
                    "{admins} to add them.",
                    person=member.id,
                    admins=self._access.whom_to_ask(),
                )
            )


def _is_called(user: dict[str, Any], name: str) -> bool:
    shown = str(user.get("profile", {}).get("display_name", ""))
    return not user.get("deleted") and name in (str(user.get("name", "")).lower(), shown.lower())

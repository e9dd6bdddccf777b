"""Members, admins and approvers: Slack user ids, and the members of Slack user groups."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from babel.lists import format_list
from slack_sdk.web.async_client import AsyncWebClient

from bot.config.settings import ALL_MEMBERS, SlackSettings
from bot.slack.user_groups import UserGroups
from provisioning.core.errors import UserError
from provisioning.core.language import _, current_locale
from provisioning.core.model.people import Standing


@dataclass(frozen=True)
class _Circle:
    """Members named by their own ids and by the ids of their user groups."""

    users: Sequence[str]
    groups: Sequence[str]

    def named(self) -> str:
        """Return mentions; a group's mention names the group."""
        mentions = [f"<@{user}>" for user in self.users]
        mentions += [f"<!subteam^{group}>" for group in self.groups]
        if not mentions:
            return _("the bot's admin")
        return str(format_list(mentions, style="or", locale=current_locale()))


class SlackAccess:
    """Rights by the settings; the whole workspace has access only if they say so."""

    def __init__(self, client: AsyncWebClient, settings: SlackSettings) -> None:
        self._members = _Circle(settings.allowed_users, settings.allowed_groups)
        self._admins = _Circle(settings.admins, settings.admin_groups)
        named = _Circle(settings.approvers, settings.approver_groups)
        self._approvers = named if named.users or named.groups else self._admins
        self._open = ALL_MEMBERS in settings.allowed_users
        circles = (self._members, self._admins, self._approvers)
        self._groups = UserGroups(client, [group for each in circles for group in each.groups])

    async def is_admin(self, user_id: str) -> bool:
        """Return whether the person is an admin.

        If Slack has not listed a group's members for too long, the group has no admins.
        """
        return user_id in await self.admins()

    async def is_approver(self, user_id: str) -> bool:
        """Return whether the person is an approver; groups count as for `is_admin`."""
        return user_id in await self.approvers()

    async def admins(self) -> Sequence[str]:
        """Return the admins' Slack ids."""
        return await self._people(self._admins)

    async def approvers(self) -> Sequence[str]:
        """Return the approvers' Slack ids: the admins' if the settings name none."""
        return await self._people(self._approvers)

    async def require_member(self, user_id: str) -> None:
        """Check that the person may use the bot.

        Raises:
            UserError: naming the admins if the person may not, or because Slack does not answer.
        """
        if not await self.is_member(user_id):
            raise UserError(
                _(
                    "You may not use notebook servers here, so nothing was done. Ask {admins} to "
                    "add you.",
                    admins=self.whom_to_ask(),
                )
            )

    async def is_member(self, user_id: str) -> bool:
        """Return whether the person may use the bot.

        Raises:
            UserError: if the groups' members are unknown, because Slack does not answer.
        """
        if self._open or user_id in self._members.users or await self.is_admin(user_id):
            return True
        members = await self._groups.members(self._members.groups)
        if members is None:
            raise UserError(
                _(
                    "I can't check now whether you may use notebook servers here, because Slack "
                    "does not answer. Nothing was done; try again in a minute."
                )
            )
        return user_id in members

    async def standing(self, user_id: str) -> Standing:
        """Return whether settings and groups let the person use the bot, as Slack answers now.

        A deactivated account may still be in the settings. `UNKNOWN` while Slack does not answer.
        """
        named = {*self._members.users, *self._admins.users}
        if self._open or user_id in named:
            return Standing.MEMBER
        allowed = await self._groups.certain_members(self._members.groups)
        admins = await self._groups.certain_members(self._admins.groups)
        if user_id in (allowed or ()) or user_id in (admins or ()):
            return Standing.MEMBER
        if allowed is None or admins is None:
            return Standing.UNKNOWN
        return Standing.NO_GROUP if self._members.groups and not allowed else Standing.OUTSIDE

    def groups_changed(self) -> None:
        """Request the groups' members again at the next question, since a group has changed."""
        self._groups.outdate()

    def whom_to_ask(self) -> str:
        """Return the admins as mentions."""
        return self._admins.named()

    def who_approves(self) -> str:
        """Return the approvers as mentions."""
        return self._approvers.named()

    async def _people(self, circle: _Circle) -> Sequence[str]:
        of_groups = await self._groups.members(circle.groups) or frozenset()
        return sorted({*circle.users, *of_groups})


Admins = Callable[[], Awaitable[Sequence[str]]]
"""A function that returns the current admins' Slack ids."""

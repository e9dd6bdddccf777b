"""Clicks. A value is a server's id; what the person may do with it is checked again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.access.sharing import SharingCommands
from handlers.admin.handover import HandoverCommands
from handlers.admin.notices import adopted_answer
from handlers.commands.help import help_answer
from handlers.idle.notices import kept_answer
from handlers.kit import action_ids
from handlers.kit.blocks import Message
from handlers.kit.context import Context, answer_later
from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence
from handlers.limits.approvals import ApprovalCommands
from handlers.listeners.creation_form import CreationForm
from handlers.listeners.home import Home
from handlers.members.settings import SettingsForm
from handlers.notebooks.export import ExportCommands
from handlers.notebooks.logs import logs_answer
from handlers.servers import answers
from handlers.servers.creation_form import Wish
from handlers.servers.resize import ChangeCommands
from provisioning.core.language import speaking
from provisioning.core.model.people import Member


class Clicks:
    """The listeners of the buttons."""

    def __init__(self, context: Context, home: Home, form: CreationForm) -> None:
        self._context = context
        self._form = form
        self._settings = SettingsForm(context)
        self._home = home
        self._seen: Recent[None] = Recent()
        sharing, changes = SharingCommands(context), ChangeCommands(context)
        self._approvals = approvals = ApprovalCommands(context)
        handover = HandoverCommands(context)
        self.listeners: dict[str, Callable[[Member, str, str], Awaitable[Message | None]]] = {
            action_ids.CREATE_BUTTON: self._create,
            action_ids.AGAIN_BUTTON: self._again,
            action_ids.OTHER_SIZE_BUTTON: self._other_size,
            action_ids.OTHER_REGION_BUTTON: self._other_region,
            action_ids.HELP_BUTTON: self._help,
            action_ids.SETTINGS_BUTTON: self._open_settings,
            action_ids.PASSWORD_BUTTON: self._password,
            action_ids.STOP_BUTTON: self._stop,
            action_ids.START_BUTTON: self._start,
            action_ids.RESTART_BUTTON: self._restart,
            action_ids.EXTEND_1H_BUTTON: self._extend_by(timedelta(hours=1)),
            action_ids.EXTEND_4H_BUTTON: self._extend_by(timedelta(hours=4)),
            action_ids.UNTIL_FINISHED_BUTTON: self._until_finished,
            action_ids.UNTIL_MORNING_BUTTON: self._until_morning,
            action_ids.KEEP_MONTH_BUTTON: self._extend_by(timedelta(days=30)),
            action_ids.ORPHAN_ADOPT_BUTTON: self._adopt_orphan,
            action_ids.ORPHAN_DELETE_BUTTON: self._delete_orphan,
            action_ids.DELETE_BUTTON: self._delete,
            action_ids.DELETE_WITH_COPY_BUTTON: self._delete_with_copy,
            action_ids.UNDO_BUTTON: self._undo,
            action_ids.RESIZE_BUTTON: changes.sizes_clicked,
            action_ids.RESIZE_TO_BUTTON: changes.size_chosen,
            action_ids.EXPORT_BUTTON: ExportCommands(context).clicked,
            action_ids.KEEP_BUTTON: self._keep,
            action_ids.STATUS_BUTTON: self._status,
            action_ids.LOGS_BUTTON: self._logs,
            action_ids.ADMIN_TRANSFER_BUTTON: handover.transfer_clicked,
            action_ids.ADMIN_TRANSFER_ALL_BUTTON: handover.transfer_all_clicked,
            action_ids.LEAVER_PICKER: handover.transfer_all_clicked,
            action_ids.LEAVER_STOP_BUTTON: handover.stop_clicked,
            action_ids.LEAVER_DELETE_BUTTON: handover.delete_clicked,
            action_ids.SHARE_BUTTON: sharing.share_clicked,
            action_ids.SHARE_PICKER: sharing.person_chosen,
            action_ids.UNSHARE_BUTTON: sharing.unshare_clicked,
            action_ids.TRANSFER_BUTTON: sharing.transfer_clicked,
            action_ids.APPROVE_BUTTON: approvals.approve_clicked,
            action_ids.DECLINE_BUTTON: approvals.decline_clicked,
            action_ids.WITHDRAW_BUTTON: approvals.withdraw_clicked,
        }

    async def __call__(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Bolt's listener of every button with an effect."""
        await ack()
        if self._seen.is_new(body["trigger_id"], None):
            self._context.tasks.spawn(self._work(body, client), "click")

    async def _work(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        with speaking(await self._context.languages.of(body["user"]["id"])):
            await self._answer(body, client)

    async def _answer(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        action, user_id = body["actions"][0], body["user"]["id"]
        try:
            await self._context.access.require_member(user_id)
            member = await self._context.sender(body["user"])
            listener = self.listeners[action["action_id"]]
            message = await listener(member, _value(action), body["trigger_id"])
        except Exception as error:
            message = answers.refusal(
                failure_sentence(error, action=action["action_id"], user=user_id)
            )
        if message is None:
            return
        container = body.get("container", {})
        # The answer takes the place of a question that only this person saw; a card in the DM
        # stays, since the engine redraws it.
        await answer_later(
            self._context,
            client,
            body.get("response_url"),
            user_id,
            message,
            response_type="ephemeral",
            replace_original=bool(container.get("is_ephemeral")),
        )
        if container.get("type") == "view":
            await self._home.publish(user_id, client)

    async def _create(self, member: Member, _value: str, trigger: str) -> None:
        await self._form.open(trigger, member, Wish())

    async def _again(self, member: Member, server_id: str, _trigger: str) -> Message:
        again = await self._context.servers.create_again(member, server_id)
        return self._approvals.answer(again)

    async def _other_size(self, member: Member, server_id: str, trigger: str) -> None:
        failed = await self._context.servers.get(member, server_id)
        wish = Wish(failed.platform, failed.release, name=failed.name, region=failed.region)
        await self._form.open(trigger, member, wish)

    async def _other_region(self, member: Member, value: str, _trigger: str) -> Message:
        """`value`: "server/region"."""
        server_id, _slash, region = value.partition("/")
        again = await self._context.servers.create_again(member, server_id, region)
        return self._approvals.answer(again)

    async def _help(self, member: Member, _value: str, _trigger: str) -> Message:
        return help_answer(None, admin=member.is_admin)

    async def _open_settings(self, member: Member, _value: str, trigger: str) -> None:
        await self._settings.open(member, trigger)

    async def _password(self, member: Member, server_id: str, trigger: str) -> Message:
        servers = self._context.servers
        server = await servers.reset_password_by_id(member, server_id, trigger)
        return answers.password_answer(server)

    async def _stop(self, member: Member, server_id: str, _trigger: str) -> Message:
        return answers.power_answer(await self._context.servers.stop(member, server_id))

    async def _start(self, member: Member, server_id: str, _trigger: str) -> Message:
        return answers.power_answer(await self._context.servers.start(member, server_id))

    async def _restart(self, member: Member, server_id: str, _trigger: str) -> Message:
        return answers.power_answer(await self._context.servers.restart(member, server_id))

    def _extend_by(self, time: timedelta) -> Callable[[Member, str, str], Awaitable[Message]]:
        async def extend(member: Member, server_id: str, _trigger: str) -> Message:
            return kept_answer(await self._context.keeping.extend(member, server_id, time))

        return extend

    async def _until_finished(self, member: Member, server_id: str, _trigger: str) -> Message:
        return kept_answer(await self._context.keeping.until_finished(member, server_id))

    async def _until_morning(self, member: Member, server_id: str, _trigger: str) -> Message:
        return kept_answer(await self._context.keeping.until_morning(member, server_id))

    async def _adopt_orphan(self, member: Member, server_id: str, _trigger: str) -> Message:
        return adopted_answer(await self._context.orphans.adopt(member, server_id))

    async def _delete_orphan(self, member: Member, server_id: str, _trigger: str) -> Message:
        return answers.deleting_answer(await self._context.orphans.delete(member, server_id))

    async def _delete(self, member: Member, server_id: str, _trigger: str) -> Message:
        return answers.deleting_answer(await self._context.servers.delete(member, server_id))

    async def _delete_with_copy(self, member: Member, server_id: str, _trigger: str) -> Message:
        server = await self._context.servers.delete_with_copy(member, server_id)
        return answers.deleting_answer(server)

    async def _undo(self, member: Member, server_id: str, _trigger: str) -> Message:
        return answers.undo_answer(await self._context.servers.undo.by_id(member, server_id))

    async def _keep(self, member: Member, server_id: str, _trigger: str) -> Message:
        server = await self._context.servers.get(member, server_id)
        return answers.unchanged_answer(server)

    async def _logs(self, member: Member, server_id: str, _trigger: str) -> Message:
        return logs_answer(*await self._context.logs.by_id(member, server_id))

    async def _status(self, member: Member, server_id: str, _trigger: str) -> Message:
        servers = self._context.servers
        server = await servers.get(member, server_id)
        shares = await servers.sharing.shares(member, server_id)
        return answers.status_answer(server, shares, member.id)


def _value(action: dict[str, Any]) -> str:
    """A button's value; where a person was picked, "server/person": the block is named by the
    server's id."""
    if "selected_user" in action:
        return f"{action['block_id']}/{action['selected_user'] or ''}"
    return str(action.get("value", ""))

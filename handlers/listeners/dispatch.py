"""Which use case each subcommand calls: an entry for every line of the registry."""

from collections.abc import Mapping

from handlers.access.connect import ConnectCommands
from handlers.access.sharing import SharingCommands
from handlers.admin.admin import AdminUseCases
from handlers.admin.handover import HandoverCommands
from handlers.admin.run_now import UpkeepCommands
from handlers.commands.help import help_answer
from handlers.commands.request import Asked, UseCase
from handlers.idle.notices import kept_answer
from handlers.idle.schedule import HoursCommands
from handlers.kit.blocks import Message
from handlers.kit.context import Context
from handlers.kit.times import parse_duration, parse_moment
from handlers.limits.approvals import ApprovalCommands
from handlers.listeners.creation_form import CreationForm
from handlers.members.settings import SettingsForm
from handlers.notebooks.export import ExportCommands
from handlers.notebooks.logs import logs_answer
from handlers.notebooks.packages import PackageCommands
from handlers.servers import answers
from handlers.servers.creation_form import Wish
from handlers.servers.resize import ChangeCommands
from handlers.usage.usage import UsageCommands
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Server
from provisioning.notebooks.requirements import split_list


class UseCases:
    """A method for each subcommand; each raises `UserError` for what can't be done."""

    def __init__(self, context: Context, form: CreationForm) -> None:
        self._context = context
        self._servers = context.servers
        self._form = form
        self._keeping = context.keeping
        self._admin = AdminUseCases(context)
        self._sharing = SharingCommands(context)
        self._approvals = ApprovalCommands(context)
        self._usage = UsageCommands(context)
        self._upkeep = UpkeepCommands(context)
        self._handover = HandoverCommands(context)
        self._settings = SettingsForm(context)
        self._connect = ConnectCommands(context)
        self._changes = ChangeCommands(context)

    def table(self) -> Mapping[str, UseCase]:
        """Subcommand -> what answers it; a test compares it with the registry."""
        hours = HoursCommands(self._context)
        return {
            "create": self._create,
            "list": self._list,
            "status": self._status,
            "start": self._start,
            "stop": self._stop,
            "restart": self._restart,
            "rename": self._changes.rename,
            "resize": self._changes.resize,
            "extend": self._extend,
            "keep": self._keep,
            "schedule": hours.schedule,
            "idle": hours.idle,
            "password": self._password,
            "delete": self._delete,
            "undo": self._undo,
            "logs": self._logs,
            "export": ExportCommands(self._context).export,
            "packages": PackageCommands(self._context),
            "connect": self._connect.connect,
            "keys": self._connect.keys,
            "share": self._sharing.share,
            "unshare": self._sharing.unshare,
            "transfer": self._sharing.transfer,
            "usage": self._usage.usage,
            "overview": self._overview,
            "settings": self._settings,
            "help": self._help,
            **self._admin.table(),
            "admin usage": self._usage.of_everybody,
            "admin cost": self._usage.cost,
            "admin sweep": self._upkeep.sweep,
            "admin orphans": self._upkeep.orphans,
            "admin adopt": self._upkeep.adopt,
            "admin transfer": self._handover.transfer,
        }

    async def _create(self, asked: Asked) -> Message:
        words = asked.command
        if words.get("platform") is None:
            wish = Wish(
                size=words.get("size") or "",
                release=words.get("release") or "",
                region=words.get("region") or "",
            )
            await self._form.open(asked.key, asked.member, wish)
            return answers.form_answer()
        request = CreateRequest(
            actor=asked.member,
            platform=words.arguments["platform"],
            name=words.get("name"),
            size=words.get("size"),
            request_key=asked.key,
            release=words.get("release"),
            region=words.get("region"),
            keep=parse_duration(words.arguments["keep"]) if words.get("keep") else None,
            packages=tuple(split_list(words.get("packages") or "")),
            repository=words.get("repo") or "",
            gpu=words.get("gpu") is not None,
            shares=await self._sharing.people(words.get("share")),
        )
        return await self._approvals.create(request)

    async def _list(self, asked: Asked) -> Message:
        state = asked.command.get("state")
        if asked.command.get("all") is None:
            servers = await self._servers.list(asked.member, state)
            return answers.server_list_answer(servers, state, asked.member.id)
        if not asked.member.is_admin:
            raise UserError(
                _("`--all` shows everybody's servers and is for admins. `list` shows yours.")
            )
        return await self._admin.servers(asked)

    async def _overview(self, asked: Asked) -> Message:
        servers = await self._servers.list(asked.member)
        return answers.overview_answer(servers, asked.member.id)

    async def _status(self, asked: Asked) -> Message:
        server = await self._named(asked)
        shares = await self._servers.sharing.shares(asked.member, server.id)
        return answers.status_answer(server, shares, asked.member.id)

    async def _start(self, asked: Asked) -> Message:
        server = await self._named(asked)
        return answers.power_answer(await self._servers.start(asked.member, server.id))

    async def _stop(self, asked: Asked) -> Message:
        server = await self._named(asked)
        return answers.power_answer(await self._servers.stop(asked.member, server.id))

    async def _restart(self, asked: Asked) -> Message:
        server = await self._named(asked)
        return answers.power_answer(await self._servers.restart(asked.member, server.id))

    async def _extend(self, asked: Asked) -> Message:
        time = parse_duration(asked.command.arguments["time"])
        server = await self._named(asked)
        return kept_answer(await self._keeping.extend(asked.member, server.id, time))

    async def _keep(self, asked: Asked) -> Message:
        words = asked.command
        if words.arguments["until"].lower() != "until":
            raise UserError(_("Say until when, such as `keep sales until tomorrow 9:00`."))
        text = f"{words.arguments['time']} {words.get('clock') or ''}".strip()
        server = await self._named(asked)
        if text.lower() in ("finished", "it finishes"):
            kept = await self._keeping.until_finished(asked.member, server.id)
        else:
            now, zone = await self._keeping.time_of(asked.member)
            moment = parse_moment(text, now, zone)
            kept = await self._keeping.until(asked.member, server.id, moment)
        return kept_answer(kept)

    async def _password(self, asked: Asked) -> Message:
        name = asked.command.arguments["name"]
        server = await self._servers.reset_password(asked.member, name, asked.key)
        return answers.password_answer(server)

    async def _logs(self, asked: Asked) -> Message:
        found = await self._context.logs.by_name(asked.member, asked.command.arguments["name"])
        return logs_answer(*found)

    async def _delete(self, asked: Asked) -> Message:
        name = asked.command.arguments["name"]
        server = await self._servers.find_for_delete(asked.member, name)
        return answers.delete_question(server, self._servers.copies_kept)

    async def _undo(self, asked: Asked) -> Message:
        name = asked.command.arguments["name"]
        return answers.undo_answer(await self._servers.undo.by_name(asked.member, name))

    async def _help(self, asked: Asked) -> Message:
        topic, admin = asked.command.get("topic"), asked.member.is_admin
        return help_answer(topic, admin=admin)

    async def _named(self, asked: Asked) -> Server:
        return await self._servers.status(asked.member, asked.command.arguments["name"])

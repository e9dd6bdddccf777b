"""The handler classes, each constructed once, and the listeners over them."""

from dataclasses import dataclass

from handlers.access.connect import ConnectCommands
from handlers.access.sharing import SharingCommands
from handlers.admin.admin import AdminCommands
from handlers.admin.handover import Departures, HandoverCommands
from handlers.admin.run_now import RunNowCommands
from handlers.commands.help import HelpCommands
from handlers.commands.registry import Handlers
from handlers.idle.keep import KeepCommands
from handlers.idle.schedule import ScheduleCommands
from handlers.kit.toolkit import Toolkit
from handlers.limits.approvals import ApprovalCommands
from handlers.limits.limits import LimitCommands
from handlers.listeners.clicks import Clicks
from handlers.listeners.dispatch import Dispatch
from handlers.listeners.home import Home
from handlers.listeners.slash import SlashCommand
from handlers.listeners.table import COMMANDS
from handlers.members.settings import SettingsCommands
from handlers.notebooks.export import ExportCommands
from handlers.notebooks.logs import LogsCommands
from handlers.notebooks.packages import PackageCommands
from handlers.servers.create import CreateCommands
from handlers.servers.delete import DeleteCommands
from handlers.servers.listing import ListCommands
from handlers.servers.power import PowerCommands
from handlers.servers.resize import ResizeCommands
from handlers.usage.usage import UsageCommands
from provisioning.access.connect import Connecting
from provisioning.access.rights import Rights
from provisioning.access.sharing import Sharing
from provisioning.access.ssh_keys import OwnKeys
from provisioning.admin.administration import Administration
from provisioning.admin.handover import Handover
from provisioning.admin.leavers import Leavers
from provisioning.admin.limits import Limiting
from provisioning.admin.orphans import Orphans
from provisioning.admin.run_now import Upkeep
from provisioning.idle.keep import Keeping
from provisioning.idle.schedule import HoursOfServers
from provisioning.limits.approvals import Approvals
from provisioning.members.settings import Preferences
from provisioning.notebooks.export import Exports
from provisioning.notebooks.logs import ServerLogs
from provisioning.notebooks.packages import Packages
from provisioning.servers.create import Creations
from provisioning.servers.rename import Renames
from provisioning.servers.resize import Resizes
from provisioning.servers.servers import Servers
from provisioning.servers.undo import Undo
from provisioning.usage.overview import Overviews
from provisioning.usage.reports import UsageReports


@dataclass(frozen=True)
class UseCases:
    """The use cases that the handlers call."""

    servers: Servers
    creations: Creations
    renaming: Renames
    resizing: Resizes
    undo: Undo
    sharing: Sharing
    rights: Rights
    overviews: Overviews
    administration: Administration
    keeping: Keeping
    hours: HoursOfServers
    orphans: Orphans
    preferences: Preferences
    logs: ServerLogs
    packages: Packages
    approvals: Approvals
    limiting: Limiting
    usage: UsageReports
    handover: Handover
    upkeep: Upkeep
    leavers: Leavers
    own_keys: OwnKeys
    connecting: Connecting
    exports: Exports


def make_handlers(cases: UseCases, kit: Toolkit) -> tuple[Handlers, ...]:
    """Construct each handler class with the use cases that it needs."""
    servers, rights, sharing = cases.servers, cases.rights, cases.sharing
    approvals = ApprovalCommands(cases.approvals, kit)
    admin = AdminCommands(cases.administration, kit)
    return (
        CreateCommands(cases.creations, rights, approvals.ask, kit),
        ListCommands(servers, rights, sharing, COMMANDS.names(), admin.servers),
        PowerCommands(servers),
        ResizeCommands(cases.renaming, cases.resizing),
        DeleteCommands(servers, cases.undo, rights),
        KeepCommands(cases.keeping),
        ScheduleCommands(cases.hours),
        ExportCommands(cases.exports, kit),
        LogsCommands(cases.logs),
        PackageCommands(cases.packages, rights),
        ConnectCommands(cases.connecting, cases.own_keys, kit),
        SharingCommands(sharing, rights, kit),
        UsageCommands(cases.usage, kit),
        SettingsCommands(cases.preferences, kit),
        HelpCommands(COMMANDS),
        LimitCommands(cases.limiting, kit),
        approvals,
        admin,
        HandoverCommands(cases.handover, kit),
        RunNowCommands(cases.upkeep, cases.orphans),
    )


class Listeners:
    """The listeners of commands, buttons, forms and events, over one set of handlers."""

    def __init__(self, cases: UseCases, kit: Toolkit) -> None:
        dispatch = Dispatch(make_handlers(cases, kit))
        self.home = Home(cases.overviews, kit)
        self.slash = SlashCommand(dispatch.commands, kit)
        self.buttons, self.clicks = list(dispatch.buttons), Clicks(dispatch.buttons, self.home, kit)
        self.forms, self.fields = dispatch.forms, dispatch.fields
        self.departures = Departures(cases.leavers, kit)
        self.languages = kit.languages

"""The handler classes, each constructed once, and the listeners over them."""

from dataclasses import dataclass

from handlers import access, admin, idle, limits, members, notebooks, servers, usage
from handlers.admin.departures import Departures
from handlers.commands.help import HelpCommands
from handlers.commands.registry import Handlers
from handlers.kit.action_ids import MENU
from handlers.kit.toolkit import Toolkit
from handlers.listeners.clicks import Clicks
from handlers.listeners.dispatch import Dispatch
from handlers.listeners.home import Home
from handlers.listeners.inbox import Inbox
from handlers.listeners.slash import SlashCommand
from handlers.listeners.table import COMMANDS
from handlers.listeners.talk import Talk
from provisioning.access import AccessUseCases
from provisioning.admin import AdminUseCases
from provisioning.idle import IdleUseCases
from provisioning.limits import LimitUseCases
from provisioning.members import MemberUseCases
from provisioning.notebooks import NotebookUseCases
from provisioning.servers import ServerUseCases
from provisioning.usage import UsageUseCases


@dataclass(frozen=True)
class UseCases:
    """The use cases that the handlers call, by package."""

    access: AccessUseCases
    limits: LimitUseCases
    members: MemberUseCases
    notebooks: NotebookUseCases
    servers: ServerUseCases
    idle: IdleUseCases
    usage: UsageUseCases
    admin: AdminUseCases


def make_handlers(cases: UseCases, kit: Toolkit) -> tuple[Handlers, ...]:
    """Construct each handler class with the use cases that it needs."""
    approvals, own_limits = limits.wire(cases.limits, cases.admin.limiting, kit)
    administration, *other_admin = admin.wire(cases.admin, kit)
    return (
        *servers.wire(
            cases.servers,
            cases.access,
            kit,
            ask=approvals.ask,
            every_server=administration.servers,
        ),
        *idle.wire(cases.idle),
        *notebooks.wire(cases.notebooks, cases.access.rights, kit),
        *access.wire(cases.access, kit),
        *usage.wire(cases.usage, kit),
        *members.wire(cases.members, kit),
        HelpCommands(COMMANDS),
        approvals,
        own_limits,
        administration,
        *other_admin,
    )


class Listeners:
    """The listeners of commands, buttons, forms and events, over one set of handlers."""

    def __init__(self, cases: UseCases, kit: Toolkit, inbox: Inbox) -> None:
        dispatch = Dispatch(make_handlers(cases, kit))
        self.home = Home(cases.usage.overviews, kit)
        self.slash = SlashCommand(dispatch.commands, kit, inbox)
        self.talk = Talk(self.slash, kit, inbox)
        self.buttons = [*dispatch.buttons, MENU]
        self.clicks = Clicks(dispatch, self.home, kit, inbox)
        self.forms, self.fields = dispatch.forms, dispatch.fields
        self.inbox = inbox
        self.departures = Departures(cases.admin.leavers, kit)
        self.languages = kit.languages

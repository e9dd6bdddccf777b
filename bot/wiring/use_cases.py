"""The rooms of provisioning, each wired by its own function: one line a room."""

from bot.messages.admin import SlackReconcileMessages
from bot.messages.approvals import SlackApprovalMessages
from bot.messages.leavers import SlackLeaverMessages
from bot.messages.upkeep import SlackDiskMessages
from bot.messages.weekly import SlackWeeklyMessages
from bot.process.pdf import PdfPrinter
from bot.wiring.edges import Edges
from handlers.listeners.wire import UseCases
from provisioning import access, admin, idle, limits, members, notebooks, servers, usage
from provisioning.access import AccessUseCases
from provisioning.adapters.ssh.public_key import read_public_keys
from provisioning.admin import AdminUseCases
from provisioning.core.model.policy import Tls
from provisioning.core.ports.engine import Work
from provisioning.core.ports.ports import Ports
from provisioning.idle import IdleUseCases
from provisioning.limits import LimitUseCases
from provisioning.notebooks.disk import DiskWatch
from provisioning.servers import ServerUseCases
from provisioning.usage import UsageUseCases
from provisioning.usage.weekly import WeeklyConfig


def make_ports(edges: Edges, work: Work, tls: Tls) -> Ports:
    """Return what implements each contract here."""
    stores, machines = edges.stores, edges.machines
    return Ports(
        servers=stores.servers,
        shares=stores.shares,
        member_keys=stores.member_keys,
        limits=stores.limits,
        audit=stores.audit,
        members=stores.members,
        cloud=machines.cloud,
        prices=machines.prices,
        host=machines.host,
        cards=edges.cards,
        people=edges.slack.people,
        work=work,
        clock=edges.clock,
        policy=edges.policy,
        idle=edges.idle,
        layout=edges.settings.machine,
        tls=tls,
    )


def make_use_cases(edges: Edges, ports: Ports) -> UseCases:
    """Wire each room, lower ones first."""
    reach, slack = edges.machines.reach, edges.slack
    entry = access.wire(ports, reach, read_public_keys, edges.maintenance)
    life = servers.wire(ports, entry, edges.stores.approvals)
    of_disks = SlackDiskMessages(slack.messages, life.resizes.next_disk)
    contents = notebooks.wire(ports, entry.rights, reach, PdfPrinter(), of_disks)
    cleanup = _cleanup(edges, ports, entry, contents.disks)
    return UseCases(
        access=entry,
        limits=_limits(edges, ports, life),
        members=members.wire(ports, slack.quiet, slack.messages.post_held, edges.stores.personal),
        notebooks=contents,
        servers=life,
        idle=cleanup,
        usage=_usage(edges, ports, life),
        admin=_admin(edges, ports, entry, cleanup),
    )


def _cleanup(edges: Edges, ports: Ports, entry: AccessUseCases, disks: DiskWatch) -> IdleUseCases:
    return idle.wire(
        ports,
        entry.rights,
        edges.machines.reach,
        watches=edges.stores.watches,
        uses=edges.stores.uses,
        probes=edges.machines.probes,
        messages=edges.cleanup,
        disks=disks,
        quiet=edges.slack.quiet,
        pace=edges.settings.idle,
    )


def _limits(edges: Edges, ports: Ports, life: ServerUseCases) -> LimitUseCases:
    slack = edges.slack
    return limits.wire(
        ports,
        life.creations.create_approved,
        questions=edges.stores.approvals,
        approvers=slack.access,
        messages=SlackApprovalMessages(
            slack.messages, slack.access, edges.settings.slack.admin_channel
        ),
    )


def _usage(edges: Edges, ports: Ports, life: ServerUseCases) -> UsageUseCases:
    stores, slack, report = edges.stores, edges.slack, edges.settings.report
    return usage.wire(
        ports,
        life.servers,
        book=stores.usage,
        uses=stores.uses,
        watches=stores.watches,
        census=stores.census,
        posted_once=stores.posted_once,
        messages=SlackWeeklyMessages(slack.messages, slack.access.admins, report.channel),
        quiet=slack.quiet,
        rules_of=edges.rules_of,
        weekly=WeeklyConfig(report.hour),
    )


def _admin(
    edges: Edges, ports: Ports, entry: AccessUseCases, cleanup: IdleUseCases
) -> AdminUseCases:
    stores, slack = edges.stores, edges.slack
    return admin.wire(
        ports,
        entry.rights,
        cleanup.sweep,
        watches=stores.watches,
        census=stores.census,
        directory=slack.membership,
        departures=stores.departures,
        posted_once=stores.posted_once,
        findings=stores.findings,
        leaver_messages=SlackLeaverMessages(slack.messages, slack.access),
        reconcile_messages=SlackReconcileMessages(slack.messages, slack.access.admins),
        refusals=edges.refusals,
        maintenance=edges.maintenance,
    )

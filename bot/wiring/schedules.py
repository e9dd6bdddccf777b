"""The scheduled work, with its times."""

from bot.backup.regular import RegularBackups
from bot.doctor.daily import DailyCheck
from bot.doctor.surroundings import Surroundings
from bot.doctor.table import CHECKS
from bot.wiring.edges import Edges
from bot.wiring.installation import installation_of
from bot.wiring.parts import DurableEngine
from handlers.listeners.wire import UseCases
from provisioning.adapters.engine import Schedule
from provisioning.core.ports.ports import Ports
from provisioning.usage.weekly import WEEKLY_CRON
from provisioning.workflows.delete import EndOfCopies

_EACH_MINUTE = "* * * * *"
_CHECKED_AT = "53 5 * * *"
"""Before people in Europe begin, and in the working hours of Korea."""


def make_schedules(
    edges: Edges, cases: UseCases, ports: Ports, engine: DurableEngine
) -> dict[str, Schedule]:
    """Return the schedules by name. The engine's history stores the names.

    Work that Azure refuses is a trouble for the admins."""
    settings = edges.settings
    copies = EndOfCopies(ports.cloud, ports.work, ports.servers, ports.clock)
    schedules = {
        "approvals": Schedule(_EACH_MINUTE, cases.limits.approvals.tick),
        "idle-sweep": Schedule(settings.idle.sweep, cases.idle.sweep.tick),
        "reconcile": Schedule(settings.reconcile, cases.admin.reconcile.tick),
        "awaken": Schedule(_EACH_MINUTE, cases.members.awakening.tick),
        "copies": Schedule(settings.copies_sweep, copies.tick),
        "recover": Schedule("*/5 * * * *", engine.recover),
        "forget": Schedule("17 3 * * *", engine.forget),
        "forget-uses": Schedule("27 3 * * *", cases.usage.reports.forget),
        "leavers": Schedule(_EACH_MINUTE, cases.admin.leavers.tick),
        "doctor": Schedule(_CHECKED_AT, _daily_check(edges).tick),
    }
    if settings.report.weekly:
        schedules["weekly-report"] = Schedule(WEEKLY_CRON, cases.usage.weekly.tick)
    if settings.backup.folder is not None:
        backups = RegularBackups(settings, settings.backup.folder)
        schedules["backup"] = Schedule(settings.backup.at, backups.tick)
    watching = cases.admin.refusals.watching
    return {name: Schedule(each.cron, watching(name, each.run)) for name, each in schedules.items()}


def _daily_check(edges: Edges) -> DailyCheck:
    settings = edges.settings
    surroundings = Surroundings(
        settings=settings,
        slack=edges.slack.client,
        cloud=edges.machines.cloud,
        prices=edges.machines.prices,
        clock=edges.clock,
        installation_in=lambda database: installation_of(settings, database),
    )
    return DailyCheck(CHECKS, surroundings, edges.refusals.troubles)

"""The only place where adapters meet ports."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config.settings import Settings
from bot.config.tls import tls_of
from bot.messages.admin import SlackLeaverMessages, SlackReconcileMessages
from bot.messages.approvals import SlackApprovalMessages
from bot.messages.cards import SlackCardMessages
from bot.messages.home import HomeUpdates
from bot.messages.weekly import SlackWeeklyMessages
from bot.process.pdf import PdfPrinter
from bot.process.tasks import TrackedTasks
from bot.slack.app import build_app, build_client, identify
from bot.slack.modals import SlackModals
from bot.slack.profiles import Profiles
from bot.slack.receivers import Receiver, build_receiver
from bot.wiring.edges import Adapters, make_adapters
from handlers.kit.toolkit import Toolkit
from handlers.listeners.wire import Listeners, UseCases
from provisioning.access.certificates import CertificateFiles, CertificateKeeper
from provisioning.access.connect import Connecting
from provisioning.access.rights import Rights
from provisioning.access.sharing import Sharing
from provisioning.access.ssh_keys import OwnKeys
from provisioning.adapters.azure.cloud import AzureCloud
from provisioning.adapters.azure.prices import RetailPrices
from provisioning.adapters.engine import Engine, EngineConfig, Schedule
from provisioning.adapters.sql.census import SqlCensus
from provisioning.adapters.sql.database import close_database
from provisioning.adapters.sql.posted_once import SqlFindings, SqlPostedOnce
from provisioning.adapters.sql.servers import SqlServers
from provisioning.adapters.sql.shares import SqlShares
from provisioning.adapters.sql.usage import SqlUsage
from provisioning.adapters.ssh.public_key import read_public_key
from provisioning.admin.administration import Administration
from provisioning.admin.adoption import Adoption
from provisioning.admin.handover import Handover
from provisioning.admin.leavers import LEAVERS_CRON, Leavers
from provisioning.admin.limits import Limiting
from provisioning.admin.orphans import Orphans
from provisioning.admin.reconcile import Reconcile
from provisioning.admin.run_now import Upkeep
from provisioning.core.model.policy import Tls
from provisioning.idle.keep import Keeping
from provisioning.idle.notices import Notices
from provisioning.idle.rescue import Rescue
from provisioning.idle.schedule import HoursOfServers
from provisioning.idle.sweep import Sweep
from provisioning.idle.used_passwords import UsedPasswords
from provisioning.limits.approvals import Approvals
from provisioning.limits.checks import LimitChecks, own_lifetimes
from provisioning.members.quiet_hours import Awakening
from provisioning.members.settings import Preferences, rules_of
from provisioning.notebooks.export import Exports
from provisioning.notebooks.logs import ServerLogs
from provisioning.notebooks.packages import Packages
from provisioning.servers.create import Creations
from provisioning.servers.regions import Regions
from provisioning.servers.rename import Renames
from provisioning.servers.resize import Resizes
from provisioning.servers.servers import Servers
from provisioning.servers.undo import Undo
from provisioning.usage.overview import Overviews
from provisioning.usage.reports import UsageReports
from provisioning.usage.weekly import WEEKLY_CRON, WeeklyConfig, WeeklyReports
from provisioning.workflows.create import Workflows
from provisioning.workflows.delete import EndOfCopies

_CONNECTIONS_TO_SLACK = 50
_EACH_MINUTE = "* * * * *"


@dataclass(frozen=True)
class Bot:
    """Everything of one running bot; `bot.serve` starts and stops it."""

    settings: Settings
    database: AsyncEngine
    store: SqlServers
    shares: SqlShares
    cloud: AzureCloud
    prices: RetailPrices
    cards: SlackCardMessages
    engine: Engine
    regions: Sequence[str]
    tasks: TrackedTasks
    homes: HomeUpdates
    profiles: Profiles
    certificates: CertificateKeeper | None
    publish_home: Callable[[str], Awaitable[None]]
    receiver: Receiver
    sessions: tuple[aiohttp.ClientSession, ...]

    async def close_connections(self) -> None:
        """The last thing: nothing works afterwards."""
        await self.prices.close()
        await self.cloud.account.close()
        await close_database(self.database)
        for session in self.sessions:
            await session.close()


@dataclass(frozen=True)
class _Core:
    """The use cases that others are made of."""

    workflows: Workflows
    engine: Engine
    rights: Rights
    creations: Creations
    sweep: Sweep
    reconcile: Reconcile
    orphans: Orphans
    usage: UsageReports
    leavers: Leavers
    approvals: Approvals


async def build(settings: Settings) -> Bot:
    """Wire a bot; inside the running loop. Only `auth.test` is called.

    Raises:
        UserError: if Slack refuses the token or a file of the settings can't be read.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS_TO_SLACK), trust_env=True
    )
    client = build_client(settings.slack, session)
    try:
        identity = await identify(client)
    except BaseException:
        await session.close()
        raise
    made = make_adapters(settings, client, session)
    tls, files = tls_of(settings)
    core = _core(made, tls, files)
    core.engine.schedule_all(_schedules(made, core))
    listeners = Listeners(_use_cases(made, core), _toolkit(made))
    app = build_app(settings.slack, client, identity, listeners)
    return Bot(
        settings=settings,
        database=made.database,
        store=made.store,
        shares=made.shares,
        cloud=made.cloud,
        prices=made.prices,
        cards=made.cards,
        engine=core.engine,
        regions=made.policy.regions,
        tasks=made.tasks,
        homes=made.homes,
        profiles=made.profiles,
        certificates=None
        if files is None
        else CertificateKeeper(files, made.host, core.workflows.access, made.store, made.clock),
        publish_home=partial(listeners.home.publish, client=client),
        receiver=build_receiver(app, client, settings.slack),
        sessions=made.sessions,
    )


def _core(made: Adapters, tls: Tls, files: CertificateFiles | None) -> _Core:
    store, clock, cleanup, idle = made.store, made.clock, made.cleanup, made.idle
    notices = Notices(made.watches, cleanup, clock, idle, made.quiet, made.probes.last_output)
    rescue = Rescue(made.watches, made.cloud, made.host, made.reach, cleanup)
    workflows = Workflows(
        made.cloud, made.host, made.cards, store, made.shares, made.member_keys, made.limits, clock,
        made.keys, made.layout, made.policy,
        tls, files, notices.before_stop(), notices.after_stop(), rescue.steps(),
    )  # fmt: skip
    table = workflows.table() | {each.name: each for each in notices.workflows()}
    engine = Engine(EngineConfig(made.settings.database_url), table, store, made.cards)
    rights = Rights(store, made.shares)
    creations = Creations(
        store,
        made.shares,
        made.members,
        LimitChecks(store, made.limits, made.members, made.approvals, clock, made.policy),
        Regions(made.cloud, made.limits, made.policy),
        made.cloud,
        made.prices,
        rights,
        engine,
        clock,
        made.policy,
    )
    adoption = Adoption(made.cloud, store, clock, made.layout, tls)
    questions = SlackApprovalMessages(made.messages, made.access, made.settings.slack.admin_channel)
    return _Core(
        workflows=workflows,
        engine=engine,
        rights=rights,
        creations=creations,
        sweep=Sweep(
            made.watches, made.uses, made.probes.probe, engine, cleanup, made.profiles, clock, idle,
            made.settings.idle, UsedPasswords(store, engine).seen,
            made.own.idle_times, partial(own_lifetimes, made.limits),
        ),
        reconcile=Reconcile(
            made.cloud, store, engine, made.cards,
            SlackReconcileMessages(made.messages, made.access.admins),
            SqlFindings(made.database), clock,
        ),
        orphans=Orphans(adoption, store, engine, clock),
        usage=UsageReports(SqlUsage(made.database), made.uses, made.profiles, clock),
        leavers=Leavers(
            store, made.colleagues, SqlPostedOnce(made.database),
            SlackLeaverMessages(made.messages, made.access.admins), clock,
        ),
        approvals=Approvals(
            made.approvals, creations.create_approved, made.access, questions, clock
        ),
    )  # fmt: skip


def _schedules(made: Adapters, core: _Core) -> dict[str, Schedule]:
    """By names that are kept in the engine's history."""
    settings = made.settings
    awakening = Awakening(made.quiet, made.store, core.engine, made.messages.post_held)
    copies = EndOfCopies(made.cloud, made.cards, made.store, made.clock)
    schedules = {
        "approvals": Schedule(_EACH_MINUTE, core.approvals.tick),
        "idle-sweep": Schedule(settings.idle.sweep, core.sweep.tick),
        "reconcile": Schedule(settings.reconcile, core.reconcile.tick),
        "awaken": Schedule(_EACH_MINUTE, awakening.tick),
        "copies": Schedule(settings.copies_sweep, copies.tick),
        "recover": Schedule("*/5 * * * *", core.engine.recover),
        "forget": Schedule("17 3 * * *", core.engine.forget),
        "forget-uses": Schedule("27 3 * * *", core.usage.forget),
        "leavers": Schedule(LEAVERS_CRON, core.leavers.tick),
    }
    if settings.report.weekly:
        schedules["weekly-report"] = Schedule(WEEKLY_CRON, _weekly(made, core).tick)
    return schedules


def _weekly(made: Adapters, core: _Core) -> WeeklyReports:
    report = made.settings.report
    return WeeklyReports(
        core.usage,
        SqlPostedOnce(made.database),
        SlackWeeklyMessages(made.messages, made.access.admins, report.channel),
        made.clock,
        WeeklyConfig(report.hour),
        made.quiet.until,
    )


def _use_cases(made: Adapters, core: _Core) -> UseCases:
    store, clock, engine, rights = made.store, made.clock, core.engine, core.rights
    census, policy = SqlCensus(made.database), made.policy
    undo = Undo(store, made.limits, engine, clock, policy)
    sharing = Sharing(made.shares, made.limits, rights, engine, clock, policy)
    servers = Servers(store, made.shares, made.audit, rights, undo, sharing, engine, clock, policy)
    return UseCases(
        servers=servers,
        creations=core.creations,
        renaming=Renames(store, rights, engine, clock),
        resizing=Resizes(
            store, made.limits, made.cloud, made.prices, rights, engine, clock, policy
        ),
        undo=undo,
        sharing=sharing,
        rights=rights,
        keeping=Keeping(
            rights, made.watches, made.cleanup, made.profiles, clock, made.idle, made.limits
        ),
        hours=HoursOfServers(rights, made.watches, made.profiles, clock, made.idle),
        overviews=Overviews(
            servers,
            made.watches,
            core.usage,
            census,
            clock,
            partial(rules_of, made.own, made.limits, made.idle),
        ),
        administration=Administration(store, made.audit, made.cloud, clock, policy.regions, census),
        orphans=core.orphans,
        approvals=core.approvals,
        limiting=Limiting(made.limits, clock, policy),
        preferences=Preferences(made.own, clock, made.idle),
        packages=Packages(rights, store, engine, clock),
        usage=core.usage,
        handover=Handover(store, made.shares, engine, clock),
        upkeep=Upkeep(core.sweep, core.reconcile, made.watches, made.audit, clock),
        leavers=core.leavers,
        logs=ServerLogs(rights, made.host, made.reach),
        own_keys=OwnKeys(made.member_keys, engine, clock, read_public_key),
        connecting=Connecting(rights, made.member_keys, made.audit, made.host, made.reach, clock),
        exports=Exports(rights, made.host, made.reach, PdfPrinter(), made.audit, clock),
    )


def _toolkit(made: Adapters) -> Toolkit:
    return Toolkit(
        access=made.access,
        tasks=made.tasks,
        messages=made.messages,
        modals=SlackModals(made.client),
        homes=made.homes,
        people=made.colleagues,
        languages=made.languages,
    )

"""The only place where adapters meet ports."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp

import provisioning
from bot.access import Access, somebody_approves
from bot.approvers import SlackApprovers
from bot.clock import SystemClock
from bot.files import SlackFiles
from bot.home_updates import HomeUpdates
from bot.languages import Languages
from bot.metrics import count_event
from bot.modals import SlackModals
from bot.notifier import SlackNotifier
from bot.pdf import PdfPrinter
from bot.people import SlackColleagues
from bot.profiles import Profiles
from bot.receivers import Receiver, build_receiver
from bot.reports import SlackReports
from bot.settings import AzureSettings, IdleSettings, Settings
from bot.slack import build_app, build_client, identify
from bot.tasks import TrackedTasks
from bot.teller import SlackTeller
from bot.tls import read_authorities, tls_of
from handlers.context import Context
from handlers.home import Home
from provisioning.administration import Administration
from provisioning.adoption import Adoption
from provisioning.approvals import Approvals
from provisioning.certificates import CertificateKeeper
from provisioning.clouds.azure import AzureCloud, AzureConfig
from provisioning.clouds.azure_client import open_session
from provisioning.clouds.azure_prices import RetailPrices
from provisioning.connecting import Connecting
from provisioning.copies import EndOfCopies
from provisioning.engine import Engine, EngineConfig, Schedule
from provisioning.exports import Exports
from provisioning.finding_store import SqlFindings
from provisioning.handover import Handover
from provisioning.hours import HoursOfServers
from provisioning.idle import IdlePolicy
from provisioning.keeping import Keeping
from provisioning.keys import InstallationKeys
from provisioning.leavers import CRON as LEAVERS_CRON
from provisioning.leavers import Leavers
from provisioning.limiting import Limiting
from provisioning.limits import Limits
from provisioning.logs import ServerLogs
from provisioning.looks import MachineLooks
from provisioning.member_settings import Preferences
from provisioning.member_settings_store import SqlHeldMessages, SqlMemberSettings
from provisioning.model import Event
from provisioning.notices import Notices
from provisioning.own_keys import OwnKeys
from provisioning.packages import Packages
from provisioning.policy import MachineLayout, Policy
from provisioning.quiet import Awakening, Quiet
from provisioning.reach import Reach
from provisioning.reconcile import Orphans, Reconcile
from provisioning.rescue import Rescue
from provisioning.service import Servers
from provisioning.ssh import SshHost
from provisioning.ssh_public_key import read_public_key
from provisioning.store import SqlStore, create_database_engine
from provisioning.sweep import Sweep, SweepConfig
from provisioning.telling_store import SqlTellings
from provisioning.upkeep import Upkeep
from provisioning.usage_reports import UsageReports
from provisioning.usage_store import SqlUsage
from provisioning.used_passwords import UsedPasswords
from provisioning.watch_store import SqlWatches
from provisioning.weekly import CRON as WEEKLY_CRON
from provisioning.weekly import WeeklyConfig, WeeklyReports
from provisioning.workflows import Workflows
from provisioning.working_hours import WorkingHours

MACHINE_FOLDER = Path(provisioning.__file__).parent / "machine"
_CONNECTIONS_TO_SLACK = 50


@dataclass(frozen=True)
class Bot:
    """Everything of one running bot; `bot.serve` starts and stops it."""

    settings: Settings
    store: SqlStore
    cloud: AzureCloud
    prices: RetailPrices
    notifier: SlackNotifier
    engine: Engine
    servers: Servers
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
        await self.cloud.close()
        await self.store.close()
        for session in self.sessions:
            await session.close()


async def build(settings: Settings) -> Bot:
    """Wire a bot; inside the running loop. Only `auth.test` is called.

    Raises:
        UserError: if Slack refuses the token or a file of the settings can't be read.
    """
    clock, tasks = SystemClock(), TrackedTasks()
    slack_session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS_TO_SLACK), trust_env=True
    )
    client = build_client(settings.slack, slack_session)
    try:
        identity = await identify(client)
    except BaseException:
        await slack_session.close()
        raise
    homes = HomeUpdates()

    def on_event(event: Event) -> None:
        count_event(event)
        homes.on_event(event)

    database = create_database_engine(settings.database_url)
    store = SqlStore(database, on_event)
    cloud = AzureCloud(azure_config(settings), settings.installation)
    prices_session = open_session(settings.azure.prices_url, settings.azure.ca_file)
    prices = RetailPrices(settings.azure.prices_url, settings.azure.region, prices_session)
    keys = InstallationKeys(settings.keys_dir)
    policy, (tls, files) = _policy(settings), tls_of(settings)
    host = SshHost(
        keys.client_private_key,
        MACHINE_FOLDER,
        root=settings.machine.root,
        connect_timeout=settings.machine.connect_timeout,
        first_cell_timeout=settings.machine.first_cell_timeout,
    )
    profiles = Profiles(client)
    own, held = SqlMemberSettings(database), SqlHeldMessages(database)
    languages, quiet = Languages(profiles, own), Quiet(own, profiles, held, clock)
    access = Access(client, settings.slack)
    notifier = SlackNotifier(
        client, store, clock, settings.slack.updates_per_minute, access.admins, languages
    )
    watches, idle = SqlWatches(database, on_event), idle_policy(settings.idle, settings.copies_kept)
    teller = SlackTeller(client, access.admins, languages, quiet)
    looks = MachineLooks(host, keys, machine_layout(settings), settings.idle.look_budget)
    notices = Notices(watches, teller, clock, idle, quiet, looks.last_output)
    reach = Reach(keys, machine_layout(settings))
    rescue = Rescue(watches, cloud, host, reach, teller)
    workflows = Workflows(
        cloud,
        host,
        notifier,
        store,
        clock,
        keys,
        machine_layout(settings),
        policy,
        tls,
        files,
        notices.before_stop(),
        notices.after_stop(),
        rescue.steps(),
    )
    table = workflows.table() | {each.name: each for each in notices.workflows()}
    engine = Engine(EngineConfig(settings.database_url), table, store, notifier)
    servers = Servers(store, cloud, prices, engine, clock, policy)
    keeping = Keeping(servers, watches, teller, profiles, clock, idle)
    sweep = Sweep(
        watches,
        looks.look,
        engine,
        teller,
        profiles,
        clock,
        idle,
        _sweep_config(settings.idle),
        UsedPasswords(store, engine).seen,
        own.idle_times,
    )
    usage, reconcile = (
        UsageReports(SqlUsage(database), profiles, clock),
        Reconcile(cloud, store, engine, notifier, teller, SqlFindings(database), clock),
    )
    adoption = Adoption(cloud, store, clock, machine_layout(settings), tls)
    orphans = Orphans(adoption, store, engine, clock)
    colleagues, tellings = SlackColleagues(client, access), SqlTellings(database)
    leavers = Leavers(store, colleagues, tellings, teller, clock)
    weekly = WeeklyReports(
        usage,
        tellings,
        SlackReports(client, access.admins, settings.report.channel, languages),
        clock,
        WeeklyConfig(settings.report.hour),
        quiet.until,
    )
    approvals = Approvals(
        store,
        servers.creations,
        SlackApprovers(client, access, settings.slack.admin_channel, languages),
        clock,
    )
    schedules = {
        "approvals": Schedule("* * * * *", approvals.tick),
        "idle-sweep": Schedule(settings.idle.sweep, sweep.tick),
        "reconcile": Schedule(settings.reconcile, reconcile.tick),
        "awaken": Schedule("* * * * *", Awakening(quiet, store, engine, teller).tick),
        "copies": Schedule(settings.copies_sweep, EndOfCopies(cloud, notifier, store, clock).tick),
        "recover": Schedule("*/5 * * * *", engine.recover),
        "forget": Schedule("17 3 * * *", engine.forget),
        "forget-uses": Schedule("27 3 * * *", usage.forget),
        "leavers": Schedule(LEAVERS_CRON, leavers.tick),
        **({"weekly-report": Schedule(WEEKLY_CRON, weekly.tick)} if settings.report.weekly else {}),
    }
    engine.schedule_all(schedules)
    reach = Reach(keys, machine_layout(settings))
    context = Context(
        servers=servers,
        access=access,
        tasks=tasks,
        whisper=notifier.whisper,
        modals=SlackModals(client),
        homes=homes,
        keeping=keeping,
        hours=HoursOfServers(servers, watches, profiles, clock, idle),
        administration=Administration(store, cloud, clock, settings.azure.region),
        files=SlackFiles(client),
        orphans=orphans,
        people=colleagues,
        approvals=approvals,
        limiting=Limiting(store, clock, policy, settings.idle.lifetime),
        languages=languages,
        preferences=Preferences(own, clock, idle),
        announce=teller.tell,
        packages=Packages(servers, store, engine, clock),
        usage=usage,
        handover=Handover(store, engine, clock),
        upkeep=Upkeep(sweep, reconcile, watches, store, clock),
        leavers=leavers,
        logs=ServerLogs(servers, host, reach),
        deliver=notifier.deliver,
        own_keys=OwnKeys(store, engine, clock, read_public_key),
        connecting=Connecting(servers, store, host, reach, clock),
        exports=Exports(servers, host, reach, PdfPrinter(), store, clock),
    )
    app = build_app(settings.slack, client, identity, context)
    return Bot(
        settings=settings,
        store=store,
        cloud=cloud,
        prices=prices,
        notifier=notifier,
        engine=engine,
        servers=servers,
        tasks=tasks,
        homes=homes,
        profiles=profiles,
        certificates=None
        if files is None
        else CertificateKeeper(files, host, workflows.access, store, clock),
        publish_home=partial(Home(context).publish, client=client),
        receiver=build_receiver(app, client, settings.slack),
        sessions=(slack_session, prices_session),
    )


def azure_config(settings: Settings) -> AzureConfig:
    """The adapter's own configuration."""
    azure: AzureSettings = settings.azure
    return AzureConfig(
        tenant_id=azure.tenant_id,
        client_id=azure.client_id,
        client_secret=azure.client_secret.get_secret_value(),
        subscription_id=azure.subscription_id,
        resource_group=azure.resource_group,
        region=azure.region,
        management_url=azure.management_url,
        authority=azure.authority,
        ca_file=azure.ca_file,
        poll_seconds=azure.poll_seconds,
        vnet_prefix=azure.vnet_prefix,
        ssh_source=azure.ssh_source,
        ssh_port=settings.machine.ssh_port,
        https_port=settings.machine.https_port,
        http_port=settings.tls.http_port if settings.tls.mode == "acme" else None,
    )


def machine_layout(settings: Settings) -> MachineLayout:
    """Ports and paths of the machines."""
    machine = settings.machine
    return MachineLayout(machine.ssh_port, machine.https_port, machine.notebook_port, machine.root)


def _policy(settings: Settings) -> Policy:
    limits = settings.limits
    return Policy(
        region=settings.azure.region,
        servers_per_member=settings.servers_per_member,
        cores_per_member=limits.cores_per_member,
        cost_per_member=limits.cost_per_member,
        gpus=limits.gpus,
        maximum=Limits(limits.servers, limits.cores, limits.cost),
        approval_ttl=limits.approval_ttl if somebody_approves(settings.slack) else timedelta(0),
        allowed_sizes=settings.allowed_sizes,
        password_ttl=settings.password_ttl,
        keep_at_most=settings.idle.keep_at_most,
        git_hosts=settings.git.hosts,
        git_authorities=read_authorities(settings.git.ca_file, "NOTEBOOK_BOT_GIT__CA_FILE"),
        ssh_timeout=settings.machine.ssh_timeout,
        copies_kept=settings.copies_kept,
    )


def idle_policy(idle: IdleSettings, copies_kept: timedelta) -> IdlePolicy:
    """The rules of the scheduled cleanup."""
    return IdlePolicy(
        after=idle.after,
        after_in_working_hours=idle.after_in_working_hours,
        working_hours=WorkingHours.parse(idle.working_hours),
        grace=idle.grace,
        keep_at_most=idle.keep_at_most,
        lifetime=idle.lifetime,
        lifetime_warning=idle.lifetime_warning,
        ask_after=idle.ask_after,
        ask_grace=idle.ask_grace,
        unknown_after=idle.unknown_after,
        retention=idle.retention,
        retention_warning=idle.retention_warning,
        copies_kept=copies_kept,
        at_least=idle.at_least,
        at_most=idle.at_most,
    )


def _sweep_config(idle: IdleSettings) -> SweepConfig:
    return SweepConfig(
        look_every=idle.look_every,
        at_once=idle.looks_at_once,
        slow_at_once=max(1, idle.looks_at_once // 4),
        budget=idle.look_budget,
    )

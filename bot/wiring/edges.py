"""What the bot is made of at its edges, each made once (`bot.wiring.bot` puts them together)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncEngine

import provisioning
from bot.config.settings import Settings, has_approvers
from bot.config.tls import read_authorities
from bot.messages.cards import SlackCardMessages
from bot.messages.cleanup import SlackCleanupMessages
from bot.messages.home import HomeUpdates
from bot.process.clock import SystemClock
from bot.process.metrics import count_event
from bot.process.tasks import TrackedTasks
from bot.slack.access import SlackAccess
from bot.slack.direct_messages import DirectMessages
from bot.slack.languages import SlackLanguages
from bot.slack.people import SlackColleagues
from bot.slack.profiles import Profiles
from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.adapters.azure.client import open_session
from provisioning.adapters.azure.cloud import AzureCloud, open_cloud
from provisioning.adapters.azure.prices import RetailPrices
from provisioning.adapters.sql.approvals import SqlApprovals
from provisioning.adapters.sql.audit import SqlAuditTrail
from provisioning.adapters.sql.database import create_database_engine
from provisioning.adapters.sql.limits import SqlOwnLimits
from provisioning.adapters.sql.members import SqlHeldMessages, SqlMembers, SqlMemberSettings
from provisioning.adapters.sql.servers import SqlServers
from provisioning.adapters.sql.shares import SqlShares
from provisioning.adapters.sql.ssh_keys import SqlMemberKeys
from provisioning.adapters.sql.usage import SqlUses
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.adapters.ssh.host import SshHost
from provisioning.core.model.events import Event
from provisioning.core.model.policy import IdlePolicy, MachineLayout, Policy
from provisioning.idle.probe import MachineProbes
from provisioning.members.quiet_hours import Quiet
from provisioning.members.settings import rules_of

MACHINE_FOLDER = Path(provisioning.__file__).parent / "machine"


@dataclass(frozen=True)
class Adapters:
    """Slack, Azure, the machines and what is kept, with this installation's rules."""

    settings: Settings
    clock: SystemClock
    client: AsyncWebClient
    sessions: tuple[aiohttp.ClientSession, ...]
    tasks: TrackedTasks
    homes: HomeUpdates
    database: AsyncEngine
    store: SqlServers
    shares: SqlShares
    member_keys: SqlMemberKeys
    limits: SqlOwnLimits
    approvals: SqlApprovals
    audit: SqlAuditTrail
    members: SqlMembers
    watches: SqlWatches
    uses: SqlUses
    own: SqlMemberSettings
    cloud: AzureCloud
    prices: RetailPrices
    keys: InstallationKeys
    layout: MachineLayout
    host: SshHost
    reach: Reach
    probes: MachineProbes
    access: SlackAccess
    profiles: Profiles
    colleagues: SlackColleagues
    languages: SlackLanguages
    quiet: Quiet
    messages: DirectMessages
    cards: SlackCardMessages
    cleanup: SlackCleanupMessages
    policy: Policy
    idle: IdlePolicy


def make_adapters(
    settings: Settings, client: AsyncWebClient, session: aiohttp.ClientSession
) -> Adapters:
    """From the settings; nothing is asked of anybody yet. `session` is the client's.

    Raises:
        UserError: if a file of the settings can't be read.
    """
    clock, homes = SystemClock(), HomeUpdates()

    def on_event(event: Event) -> None:
        count_event(event)
        homes.on_event(event)

    database = create_database_engine(settings.database_url)
    store, limits = SqlServers(database, on_event), SqlOwnLimits(database, on_event)
    prices_session = open_session(settings.azure.prices_url, settings.azure.ca_file)
    keys, layout = InstallationKeys(settings.keys_dir), settings.machine
    host = SshHost(keys.client_private_key, MACHINE_FOLDER, layout, cache=settings.cache_dir)
    profiles, own = Profiles(client), SqlMemberSettings(database)
    languages = SlackLanguages(profiles, own)
    quiet = Quiet(own, profiles, SqlHeldMessages(database), clock)
    access, messages = SlackAccess(client, settings.slack), DirectMessages(client, languages, quiet)
    idle = IdlePolicy.of(settings.idle, settings.copies_kept)
    return Adapters(
        settings=settings,
        clock=clock,
        client=client,
        sessions=(session, prices_session),
        tasks=TrackedTasks(),
        homes=homes,
        database=database,
        store=store,
        shares=SqlShares(database, on_event),
        member_keys=SqlMemberKeys(database, on_event),
        limits=limits,
        approvals=SqlApprovals(database, on_event),
        audit=SqlAuditTrail(database, on_event),
        members=SqlMembers(database),
        watches=SqlWatches(database, on_event),
        uses=SqlUses(database),
        own=own,
        cloud=open_cloud(settings.azure, settings.installation, settings.open_ports),
        prices=RetailPrices(settings.azure.prices_url, prices_session),
        keys=keys,
        layout=layout,
        host=host,
        reach=Reach(keys, layout),
        probes=MachineProbes(host, keys, layout, settings.idle.look_budget),
        access=access,
        profiles=profiles,
        colleagues=SlackColleagues(client, access),
        languages=languages,
        quiet=quiet,
        messages=messages,
        cards=SlackCardMessages(
            messages,
            store,
            clock,
            settings.slack.updates_per_minute,
            access.admins,
            partial(rules_of, own, limits, idle),
        ),
        cleanup=SlackCleanupMessages(messages, access.admins),
        policy=_policy(settings),
        idle=idle,
    )


def _policy(settings: Settings) -> Policy:
    """Raises `UserError` if the file of the Git hosts' authorities can't be read."""
    limits = settings.limits
    if not has_approvers(settings.slack):
        limits = replace(limits, approval_ttl=timedelta(0))
    return Policy(
        region=settings.azure.region,
        other_regions=settings.azure.other_regions,
        limits=limits,
        git=settings.git,
        idle=settings.idle,
        servers_per_member=settings.servers_per_member,
        allowed_sizes=settings.allowed_sizes,
        password_ttl=settings.password_ttl,
        copies_kept=settings.copies_kept,
        git_authorities=read_authorities(settings.git.ca_file, "NOTEBOOK_BOT_GIT__CA_FILE"),
    )

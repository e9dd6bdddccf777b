"""The edges of the bot, each made once: Slack, the cloud, machines, stores."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

import provisioning
from bot.config.settings import Settings, has_approvers
from bot.config.tls import read_authorities
from bot.messages.admin import SlackAdminAlerts, SlackTroubleMessages
from bot.messages.cards import SlackCardMessages
from bot.messages.cleanup import SlackCleanupMessages
from bot.messages.home import HomeUpdates
from bot.process.clock import SystemClock
from bot.process.metrics import count_event
from bot.process.process_count import ProcessCount
from bot.process.tasks import TrackedTasks
from bot.slack.access import SlackAccess
from bot.slack.direct_messages import DirectMessages
from bot.slack.languages import SlackLanguages
from bot.slack.membership import SlackMembership
from bot.slack.people import SlackColleagues
from bot.slack.profiles import PROFILE_TIMEOUT_SECONDS, Profiles
from bot.wiring.parts import Cards, Parts, PriceList
from bot.wiring.stores import Stores
from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.access.maintenance import Maintenance
from provisioning.adapters.azure.client import open_session
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.prices import RetailPrices
from provisioning.adapters.sql.database import create_database_engine
from provisioning.adapters.ssh.host import SshHost
from provisioning.admin.troubles import Refusals, Troubles
from provisioning.core.model.events import Event
from provisioning.core.model.policy import IdlePolicy, Policy
from provisioning.core.ports.chat import AdminAlerts
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.people import People
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.probe import MachineProbes, Probes
from provisioning.members.quiet_hours import Quiet
from provisioning.members.refused_messages import RefusedMessages
from provisioning.members.settings import rules_of
from provisioning.usage.overview import RulesOf

MACHINE_FOLDER = Path(provisioning.__file__).parent / "machine"


@dataclass(frozen=True)
class SlackSide:
    """Slack: access, profiles and messages."""

    client: AsyncWebClient
    access: SlackAccess
    profiles: Profiles
    people: People
    colleagues: SlackColleagues
    membership: SlackMembership
    languages: SlackLanguages
    quiet: Quiet
    messages: DirectMessages
    homes: HomeUpdates
    tasks: TrackedTasks


@dataclass(frozen=True)
class MachineSide:
    """The cloud and the machines in it."""

    cloud: Cloud
    prices: PriceList
    host: Host
    keys: InstallationKeys
    reach: Reach
    probes: Probes


@dataclass(frozen=True)
class Edges:
    """All edges, with this installation's rules. `rules_of` returns the cleanup's rules for an
    owner's servers; `sessions` are closed with the bot."""

    settings: Settings
    clock: Clock
    stores: Stores
    slack: SlackSide
    machines: MachineSide
    cards: Cards
    cleanup: CleanupMessages
    alerts: AdminAlerts
    refusals: Refusals
    maintenance: Maintenance
    policy: Policy
    idle: IdlePolicy
    rules_of: RulesOf
    processes: ProcessCount
    sessions: tuple[aiohttp.ClientSession, ...]

    async def close(self) -> None:
        """Close all connections."""
        await self.machines.prices.close()
        await self.machines.cloud.account.close()
        await self.stores.close()
        for session in self.sessions:
            await session.close()


def make_edges(
    settings: Settings, client: AsyncWebClient, session: aiohttp.ClientSession, parts: Parts
) -> Edges:
    """Make the edges that `parts` does not have from the settings. `session` is that of `client`.

    Sends no request. Raises `UserError` if a file of the settings can't be read.
    """
    policy, idle = _policy(settings), IdlePolicy.of(settings.idle, settings.copies_kept)
    clock, homes = parts.get("clock", SystemClock()), parts.get("homes", HomeUpdates())

    def on_event(event: Event) -> None:
        count_event(event)
        homes.on_event(event)

    stores = Stores(create_database_engine(settings.database_url), on_event)
    slack = _slack_side(settings, client, stores, clock, homes, parts)
    prices_session = open_session(settings.azure.prices_url, settings.azure.ca_file)
    prices = parts.get("prices", RetailPrices(settings.azure.prices_url, prices_session))
    processes = ProcessCount()
    refusals = _refusals(slack, stores, clock)
    rules = partial(rules_of, stores.member_settings, stores.limits, idle)
    return Edges(
        settings=settings,
        clock=clock,
        stores=stores,
        slack=slack,
        machines=_machine_side(settings, prices, parts),
        cards=parts.get("cards", _cards(settings, slack, stores, clock, rules, processes)),
        alerts=parts.get("alerts", _alerts(slack, stores, clock, refusals)),
        refusals=refusals,
        maintenance=Maintenance(stores.posted_once, stores.audit, clock),
        cleanup=parts.get("cleanup", SlackCleanupMessages(slack.messages, slack.access.admins)),
        policy=policy,
        idle=idle,
        rules_of=rules,
        processes=processes,
        sessions=(session, prices_session),
    )


def _slack_side(
    settings: Settings,
    client: AsyncWebClient,
    stores: Stores,
    clock: Clock,
    homes: HomeUpdates,
    parts: Parts,
) -> SlackSide:
    access = SlackAccess(client, settings.slack)
    profiles = Profiles(client, parts.get("answer_seconds", PROFILE_TIMEOUT_SECONDS))
    people = parts.get("people", profiles)
    languages = SlackLanguages(profiles, stores.member_settings)
    quiet = Quiet(stores.member_settings, people, stores.held, clock)
    return SlackSide(
        client=client,
        access=access,
        profiles=profiles,
        people=people,
        colleagues=SlackColleagues(client, access),
        membership=SlackMembership(client, access),
        languages=languages,
        quiet=quiet,
        messages=DirectMessages(
            client, languages, quiet, RefusedMessages(stores.posted_once, clock)
        ),
        homes=homes,
        tasks=TrackedTasks(),
    )


def _machine_side(settings: Settings, prices: PriceList, parts: Parts) -> MachineSide:
    keys, layout = InstallationKeys(settings.keys_dir), settings.machine
    host = parts.get("host") or SshHost(
        keys.client_private_key, MACHINE_FOLDER, layout, cache=settings.cache_dir
    )
    cloud = parts.get("cloud") or open_cloud(
        settings.azure, settings.installation, settings.open_ports
    )
    usual_probes = MachineProbes(host, keys, layout, settings.idle.look_budget)
    return MachineSide(
        cloud=cloud,
        prices=prices,
        host=host,
        keys=keys,
        reach=Reach(keys, layout),
        probes=parts.get("probes", usual_probes),
    )


def _refusals(slack: SlackSide, stores: Stores, clock: Clock) -> Refusals:
    messages = SlackTroubleMessages(slack.messages, slack.access.admins)
    return Refusals(Troubles(stores.posted_once, messages, clock), stores.audit, clock)


def _alerts(slack: SlackSide, stores: Stores, clock: Clock, refusals: Refusals) -> SlackAdminAlerts:
    admins, posted = slack.access.admins, stores.posted_once
    return SlackAdminAlerts(slack.messages, admins, posted, clock, refusals)


def _cards(
    settings: Settings,
    slack: SlackSide,
    stores: Stores,
    clock: Clock,
    rules: RulesOf,
    processes: ProcessCount,
) -> SlackCardMessages:
    return SlackCardMessages(
        slack.messages,
        stores.servers,
        stores.due,
        clock,
        settings.slack.updates_per_minute,
        slack.access.admins,
        rules,
        processes.now,
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
        missing_after=settings.missing_after,
        git_authorities=read_authorities(settings.git.ca_file, "NOTEBOOK_BOT_GIT__CA_FILE"),
    )

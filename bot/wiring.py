"""The only place where adapters meet ports."""

from dataclasses import dataclass
from pathlib import Path

import aiohttp

import provisioning
from bot.access import Access
from bot.clock import SystemClock
from bot.metrics import count_event
from bot.modals import SlackModals
from bot.notifier import SlackNotifier
from bot.people import SlackPeople
from bot.receivers import Receiver, build_receiver
from bot.settings import AzureSettings, Settings
from bot.slack import build_app, build_client, identify
from bot.tasks import TrackedTasks
from handlers.context import Context
from provisioning.clouds.azure import AzureCloud, AzureConfig
from provisioning.clouds.azure_client import open_session
from provisioning.clouds.azure_prices import RetailPrices
from provisioning.engine import Engine, EngineConfig
from provisioning.keys import InstallationKeys
from provisioning.policy import MachineLayout, Policy
from provisioning.service import Servers
from provisioning.ssh import SshHost
from provisioning.store import SqlStore, create_database_engine
from provisioning.workflows import Workflows

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
    store = SqlStore(create_database_engine(settings.database_url), count_event)
    cloud = AzureCloud(azure_config(settings), settings.installation)
    prices_session = open_session(settings.azure.prices_url, settings.azure.ca_file)
    prices = RetailPrices(settings.azure.prices_url, settings.azure.region, prices_session)
    keys = InstallationKeys(settings.keys_dir)
    policy = _policy(settings)
    notifier = SlackNotifier(client, store, clock, settings.slack.updates_per_minute)
    workflows = Workflows(
        cloud,
        SshHost(keys.client_private_key, MACHINE_FOLDER, root=settings.machine.root),
        notifier,
        store,
        clock,
        keys,
        _layout(settings),
        policy,
    )
    engine = Engine(EngineConfig(settings.database_url), workflows.table(), store, notifier)
    servers = Servers(store, cloud, prices, engine, clock, policy)
    access = Access(
        client, settings.slack.allowed_users, settings.slack.allowed_groups, settings.slack.admins
    )
    app = build_app(
        settings.slack,
        client,
        identity,
        Context(
            servers,
            access,
            tasks,
            notifier.whisper,
            SlackModals(client),
            SlackPeople(client, access),
        ),
    )
    return Bot(
        settings=settings,
        store=store,
        cloud=cloud,
        prices=prices,
        notifier=notifier,
        engine=engine,
        servers=servers,
        tasks=tasks,
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
    )


def _layout(settings: Settings) -> MachineLayout:
    machine = settings.machine
    return MachineLayout(machine.ssh_port, machine.https_port, machine.notebook_port, machine.root)


def _policy(settings: Settings) -> Policy:
    return Policy(
        region=settings.azure.region,
        servers_per_member=settings.servers_per_member,
        allowed_sizes=settings.allowed_sizes,
        password_ttl=settings.password_ttl,
        ssh_timeout=settings.machine.ssh_timeout,
    )

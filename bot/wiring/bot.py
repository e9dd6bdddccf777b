"""The only place where adapters meet contracts."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import Unpack

from bot.config.settings import Settings
from bot.config.tls import tls_of
from bot.messages.home_feed import HomeFeed
from bot.slack.app import Identity, build_app, build_client, identify
from bot.slack.modals import SlackModals
from bot.slack.receivers import Receiver, build_receiver
from bot.wiring.edges import Edges, SlackSide, make_edges
from bot.wiring.parts import DurableEngine, Parts
from bot.wiring.schedules import make_schedules
from bot.wiring.use_cases import make_ports, make_use_cases
from handlers.commands.registry import name_command
from handlers.kit.answer_in_time import ANSWER_BUDGET_SECONDS
from handlers.kit.toolkit import Toolkit
from handlers.listeners.inbox import Inbox
from handlers.listeners.wire import Listeners, UseCases
from provisioning import workflows
from provisioning.access.certificates import CertificateFiles, CertificateKeeper
from provisioning.access.machine_access import MachineAccess
from provisioning.adapters.engine import Engine, EngineConfig

_CONNECTIONS_TO_SLACK = 50


@dataclass(frozen=True)
class Bot:
    """The parts of one running bot; `bot.serve` starts and stops it."""

    settings: Settings
    edges: Edges
    cases: UseCases
    engine: DurableEngine
    certificates: CertificateKeeper | None
    publish_home: Callable[[str], Awaitable[None]]
    recover_interactions: Callable[[], Coroutine[Any, Any, None]]
    home_feed: HomeFeed
    receiver: Receiver


async def build(settings: Settings, **parts: Unpack[Parts]) -> Bot:
    """Wire a bot inside the running loop. The only request is Slack's `auth.test`.

    `parts` replace what the settings would make: a test passes its fakes.

    Raises:
        UserError: if Slack refuses the token or a file of the settings can't be read.
        NotYet: if Slack can't be reached.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS_TO_SLACK), trust_env=True
    )
    client = build_client(settings.slack, session)
    try:
        identity = parts.get("identity") or await identify(client)
        edges = make_edges(settings, client, session, parts)
    except BaseException:
        await session.close()
        raise
    try:
        return _assemble(edges, identity, parts)
    except BaseException:
        await edges.close()
        raise


def _assemble(edges: Edges, identity: Identity, parts: Parts) -> Bot:
    settings = edges.settings
    name_command(settings.slack.command)
    tls, files = tls_of(settings)
    config = parts.get("engine_config", EngineConfig(settings.database_url))
    engine = parts.get("engine") or Engine(
        config, edges.stores.servers, edges.cards, edges.alerts, edges.stores.due
    )
    ports = make_ports(edges, engine, tls)
    cases = make_use_cases(edges, ports)
    engine.add_workflows(workflows.wire(ports, edges.machines.keys, files, cases.idle.steps))
    engine.add_workflows({each.name: each for each in cases.idle.notices.workflows()})
    engine.schedule_all(parts.get("schedules", make_schedules(edges, cases, ports, engine)))
    edges.processes.count = lambda: engine.processes
    client, kit = edges.slack.client, make_toolkit(edges.slack, parts)
    inbox = Inbox(edges.stores.interactions, edges.clock, kit, lambda: engine.executor_id)
    listeners = Listeners(cases, kit, inbox)
    click_again = partial(listeners.clicks.again, client=client)
    recover_interactions = partial(inbox.recover, click_again)
    engine.after_takeover(recover_interactions)
    return Bot(
        settings=settings,
        edges=edges,
        cases=cases,
        engine=engine,
        certificates=_certificates(edges, files),
        publish_home=partial(listeners.home.publish, client=client),
        recover_interactions=recover_interactions,
        home_feed=HomeFeed(edges.stores.audit, edges.slack.homes.on_event, edges.processes.now),
        receiver=_receiver(settings, client, identity, listeners),
    )


def _certificates(edges: Edges, files: CertificateFiles | None) -> CertificateKeeper | None:
    if files is None:
        return None
    machines = edges.machines
    access = MachineAccess(machines.cloud, machines.reach)
    return CertificateKeeper(files, machines.host, access.of, edges.stores.servers, edges.clock)


def _receiver(
    settings: Settings, client: AsyncWebClient, identity: Identity, listeners: Listeners
) -> Receiver:
    app = build_app(settings.slack, client, identity, listeners)
    return build_receiver(app, client, settings.slack)


def make_toolkit(slack: SlackSide, parts: Parts) -> Toolkit:
    """Return the tools of the listeners."""
    return Toolkit(
        access=slack.access,
        tasks=slack.tasks,
        messages=slack.messages,
        modals=SlackModals(slack.client),
        homes=slack.homes,
        people=slack.colleagues,
        languages=slack.languages,
        refused=slack.messages.refused,
        answer_seconds=parts.get("answer_seconds", ANSWER_BUDGET_SECONDS),
    )

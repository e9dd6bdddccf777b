"""A bot on real parts (slack_bolt, SQLite) in a local Slack, with members who use it.

Fakes stand behind the use cases: the engine's list of work, Azure and the price list.
"""

import asyncio
import json
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import aiohttp
from sqlalchemy import update

from bot.config.settings import SlackSettings
from bot.messages.admin import SlackLeaverMessages, SlackReconcileMessages
from bot.messages.approvals import SlackApprovalMessages
from bot.messages.cards import SlackCardMessages
from bot.messages.cleanup import SlackCleanupMessages
from bot.messages.home import HomeUpdates
from bot.process.clock import SystemClock
from bot.process.pdf import PdfPrinter
from bot.process.tasks import TrackedTasks
from bot.sandbox.slack.app import LocalSlack
from bot.slack.access import SlackAccess
from bot.slack.app import build_app, build_client, identify
from bot.slack.direct_messages import DirectMessages
from bot.slack.languages import SlackLanguages
from bot.slack.modals import SlackModals
from bot.slack.people import SlackColleagues
from bot.slack.profiles import Profiles
from bot.slack.receivers import build_receiver
from handlers.kit.toolkit import Toolkit
from handlers.listeners.wire import Listeners, UseCases
from provisioning.access.connect import Connecting
from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.access.ssh_keys import OwnKeys
from provisioning.adapters.sql.census import SqlCensus
from provisioning.adapters.sql.members import SqlHeldMessages, SqlMemberSettings
from provisioning.adapters.sql.posted_once import SqlFindings, SqlPostedOnce
from provisioning.adapters.sql.schema.tables import events
from provisioning.adapters.sql.usage import SqlUsage
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.adapters.ssh.public_key import read_public_key
from provisioning.admin.administration import Administration
from provisioning.admin.adoption import Adoption
from provisioning.admin.handover import Handover
from provisioning.admin.leavers import Leavers
from provisioning.admin.limits import Limiting
from provisioning.admin.orphans import Orphans
from provisioning.admin.reconcile import Reconcile
from provisioning.admin.run_now import Upkeep
from provisioning.core.model.activity import Activity
from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy, MachineLayout, Policy
from provisioning.core.model.server import Status
from provisioning.idle.keep import Keeping
from provisioning.idle.schedule import HoursOfServers
from provisioning.idle.sweep import Sweep, SweepConfig
from provisioning.limits.approvals import Approvals
from provisioning.members.quiet_hours import Quiet
from provisioning.members.settings import Preferences, rules_of
from provisioning.notebooks.export import Exports
from provisioning.notebooks.logs import ServerLogs
from provisioning.notebooks.packages import Packages
from provisioning.servers.create import CreateRequest
from provisioning.usage.overview import Overviews
from provisioning.usage.reports import UsageReports
from tests.databases import migrated_database
from tests.fake_cloud import FakeCapacity, FakeCloud
from tests.fakes import FakeHost, no_rules, no_times, unheard
from tests.stores import Stores
from tests.use_cases import ServerUseCases

DEADLINE_SECONDS = 60.0
"""A wait ends with its condition; only a failure takes this long, on a busy computer too."""


@dataclass
class WorkList:
    """The engine's side: what was asked of it. `broken` makes it raise."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    broken: Exception | None = None

    async def begin(self, job, server, key=""):
        if self.broken is not None:
            raise self.broken
        self.asked.append((job, server.id))


class SlowCloud(FakeCloud):
    """Answers when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.capacity = SlowCapacity(self)


class SlowCapacity(FakeCapacity):
    """Answers when the test lets it."""

    async def sizes(self, region):
        await self.cloud.gate.wait()
        return await super().sizes(region)


class World(ServerUseCases):
    """The parts, and the people's side of local Slack."""

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        settings: SlackSettings,
        stores,
        database,
        answer_seconds: float,
    ):
        self.answer_seconds = answer_seconds
        self.url, self.session, self.settings = url, session, settings
        self.cloud, self.work, self.tasks = SlowCloud(), WorkList(), TrackedTasks()
        self.policy = Policy("westeurope", ("northeurope",), servers_per_member=3)
        clock = SystemClock()
        super().__init__(stores, self.cloud, self.work, clock, self.policy)
        store = stores.servers
        self.client = build_client(settings, session)
        self.homes = HomeUpdates(seconds_between=0)
        self.access = SlackAccess(self.client, settings)
        self.profiles = Profiles(self.client, answer_seconds)
        self.own, held = SqlMemberSettings(database), SqlHeldMessages(database)
        self.languages = SlackLanguages(self.profiles, self.own)
        self.quiet = Quiet(self.own, self.profiles, held, clock)
        self.direct_messages = DirectMessages(self.client, self.languages, self.quiet)
        questions = SlackApprovalMessages(self.direct_messages, self.access, settings.admin_channel)
        self.approvals = Approvals(
            stores.approvals, self.creations.create_approved, self.access, questions, clock
        )
        self.cards = SlackCardMessages(
            self.direct_messages,
            store,
            clock,
            settings.updates_per_minute,
            self.access.admins,
            no_rules,
        )
        self.watches = SqlWatches(database)
        self.cleanup_messages = SlackCleanupMessages(self.direct_messages, self.access.admins)
        self.keeping = Keeping(
            self.rights,
            self.watches,
            self.cleanup_messages,
            self.profiles,
            clock,
            IdlePolicy(),
            stores.limits,
        )
        self.hours = HoursOfServers(self.rights, self.watches, self.profiles, clock, IdlePolicy())
        adoption = Adoption(self.cloud, store, clock, MachineLayout())
        self.orphans = Orphans(adoption, store, self.work, clock)
        self.host, self.seen = FakeHost(), {}
        self.receiver = None

    async def start_bot(self):
        settings = self.settings
        colleagues, clock = SlackColleagues(self.client, self.access), SystemClock()
        reach = Reach(self.keys, MachineLayout())
        self.leavers = Leavers(
            self.store,
            colleagues,
            SqlPostedOnce(self.engine),
            SlackLeaverMessages(self.direct_messages, self.access.admins),
            clock,
        )
        sweep = Sweep(
            self.watches,
            self.stores.uses,
            self.look,
            self.work,
            self.cleanup_messages,
            self.profiles,
            clock,
            IdlePolicy(),
            SweepConfig(),
            unheard,
            no_times,
            no_times,
        )
        findings = SqlFindings(self.engine)
        reconcile = Reconcile(
            self.cloud,
            self.store,
            self.work,
            self.cards,
            SlackReconcileMessages(self.direct_messages, self.access.admins),
            findings,
            clock,
        )
        self.handover = Handover(self.store, self.stores.shares, self.work, clock)
        self.upkeep = Upkeep(sweep, reconcile, self.watches, self.stores.audit, clock)
        usage = UsageReports(SqlUsage(self.engine), self.stores.uses, self.profiles, clock)
        census = SqlCensus(self.engine)
        kit = Toolkit(
            access=self.access,
            tasks=self.tasks,
            messages=self.direct_messages,
            modals=SlackModals(self.client),
            homes=self.homes,
            people=colleagues,
            languages=self.languages,
            answer_seconds=self.answer_seconds,
        )
        cases = UseCases(
            servers=self.servers,
            creations=self.creations,
            renaming=self.renaming,
            resizing=self.resizing,
            undo=self.undo,
            sharing=self.sharing,
            rights=self.rights,
            keeping=self.keeping,
            hours=self.hours,
            overviews=Overviews(
                self.servers,
                self.watches,
                usage,
                census,
                clock,
                partial(rules_of, self.own, self.stores.limits, IdlePolicy()),
            ),
            administration=Administration(
                self.store, self.stores.audit, self.cloud, clock, self.policy.regions, census
            ),
            orphans=self.orphans,
            approvals=self.approvals,
            limiting=Limiting(self.stores.limits, SystemClock(), self.policy),
            preferences=Preferences(self.own, SystemClock(), IdlePolicy()),
            packages=Packages(self.rights, self.store, self.work, SystemClock()),
            handover=self.handover,
            upkeep=self.upkeep,
            leavers=self.leavers,
            usage=usage,
            logs=ServerLogs(self.rights, self.host, reach),
            own_keys=OwnKeys(self.stores.keys, self.work, clock, read_public_key),
            connecting=Connecting(
                self.rights, self.stores.keys, self.stores.audit, self.host, reach, clock
            ),
            exports=Exports(self.rights, self.host, reach, PdfPrinter(), self.stores.audit, clock),
        )
        listeners = Listeners(cases, kit)
        app = build_app(settings, self.client, await identify(self.client), listeners)
        self.receiver = build_receiver(app, self.client, settings)
        await self.cards.start()
        await self.homes.start(
            self.store, self.stores.shares, partial(listeners.home.publish, client=self.client)
        )
        await self.receiver.start()

    async def sweep(self):
        """Look at every server, as the scheduled cleanup does when it is due."""
        now = datetime.now(UTC)
        await self.watches.make_due(now)
        await self.upkeep.sweep.run(now)

    async def look(self, server):
        """What the sweep sees of a machine."""
        return self.seen.get(server.id, Activity())

    async def stop_bot(self):
        if self.receiver is not None:
            await self.receiver.close()
        await self.tasks.drain(60)
        await self.homes.close()
        await self.cards.close()
        await self.profiles.close()

    async def _call(self, method, path, **options):
        async with self.session.request(method, f"{self.url}/sandbox/{path}", **options) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body

    async def type(self, text, user="U_ANA", channel="C_GENERAL"):
        """Type a slash command; return the answer that Slack shows, as one string."""
        answer = await self.type_raw(text, user, channel)
        assert answer["error"] is None, answer
        return json.dumps(answer["ack"], ensure_ascii=False)

    async def type_raw(self, text, user="U_ANA", channel="C_GENERAL"):
        body = {"user": user, "channel": channel, "text": text}
        return await self._call("POST", "commands", json=body)

    async def messages(self, user="U_ANA"):
        return (await self._call("GET", "messages", params={"user": user}))["messages"]

    async def dms(self, user="U_ANA"):
        """Return the lasting messages of the person's DM with the bot, oldest first."""
        channel = f"D_{user[2:]}"
        found = await self.messages(user)
        return [each for each in found if each["channel"] == channel and not each["ephemeral"]]

    async def file(self, name, user="U_ANA"):
        """Return the DM with the file of that name, and the file's bytes."""

        async def sent():
            for message in await self.dms(user):
                for file in message["files"]:
                    if file["name"] == name:
                        return message, file
            return None

        message, file = await until(sent)
        token = {"Authorization": f"Bearer {self.settings.bot_token.get_secret_value()}"}
        async with self.session.get(file["url_private"], headers=token) as answer:
            return message, await answer.read()

    async def ephemerals(self, user="U_ANA"):
        return [each for each in await self.messages(user) if each["ephemeral"]]

    async def click(self, message, action_id, user="U_ANA"):
        body = {"user": user, "channel": message["channel"], "ts": message["ts"]}
        return await self._call("POST", "actions", json=body | {"action_id": action_id})

    async def home(self, user="U_ANA"):
        """Return the person's Home tab; the first call is a visit."""
        return (await self._call("GET", "home", params={"user": user}))["view"]

    async def visit_home(self, user="U_ANA"):
        await self._call("POST", "home", json={"user": user})

    async def click_home(self, action_id, value, user="U_ANA"):
        body = {"user": user, "home": True, "action_id": action_id, "value": value}
        return await self._call("POST", "actions", json=body)

    async def modal(self, user="U_ANA"):
        """Return the open form of the person, or None."""
        return (await self._call("GET", "view", params={"user": user}))["view"]

    async def choose(self, field, value, user="U_ANA"):
        """Pick an option in the open form, which Slack reports to the bot at once."""
        body = {"user": user, "view": True, "action_id": f"form_{field}", "value": value}
        return await self._call("POST", "actions", json=body)

    async def submit(self, values, user="U_ANA"):
        return await self._call("POST", "view", json={"user": user, "values": values})

    async def faults(self, **faults):
        await self._call("POST", "faults", json=faults)

    async def calls(self, method):
        """Return the bot's calls of a Web API method so far."""
        entries = (await self._call("GET", "traffic"))["entries"]
        return [each for each in entries if (each["kind"], each["method"]) == ("api", method)]

    async def server(self, name="quiet-otter", owner="U_ANA", status=Status.CREATING, **changes):
        """Create a server in the store, in that status."""
        request = CreateRequest(Member(owner), "ubuntu", name, None, f"seed-{name}")
        server = (await self.creations.create(request)).server
        self.work.asked.clear()
        if status is Status.RUNNING:
            changes = {"url": f"https://{server.id}.example/", **changes}
        return await self.store.update(server.id, server.generation, status=status, **changes)

    def member(self, user):
        """The person as the bot knows them."""
        return Member(user, user, user in self.settings.admins)

    async def backdate(self, server, at):
        """Move the server's audit trail to an earlier time."""
        mine = update(events).where(events.c.server_id == server.id).values(at=at)
        async with self.engine.begin() as connection:
            await connection.execute(mine)


async def until(condition, seconds=DEADLINE_SECONDS):
    """Wait until the (async) condition is truthy, and return its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = await condition()
        if value:
            return value
        assert time.monotonic() < deadline, "it did not become so in time"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def world(folder, start=True, answer_seconds=DEADLINE_SECONDS / 2, **changes):
    """A world in that folder; `changes` are other Slack settings than the usual ones.

    Both Slack and the bot wait longer than in earnest, so that a busy computer makes no answer
    late. A test of late answers gives its own `answer_seconds`.
    """
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(
            LocalSlack.running(folder / "slack", deadline_seconds=DEADLINE_SECONDS)
        )
        settings = SlackSettings(
            **{
                "bot_token": "xoxb-sandbox",
                "app_token": "xapp-sandbox",
                "signing_secret": "sandbox-signing-secret",
                "api_url": f"{slack.url}/api/",
                "allowed_groups": ("S_DATA",),
                "admins": ("U_EVE",),
            }
            | changes
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        engine = await migrated_database(folder)
        heard = []
        stores = Stores(engine, lambda event: [hear(event) for hear in heard])
        stack.push_async_callback(stores.close)
        place = World(slack.url, session, settings, stores, engine, answer_seconds)
        place.keys = InstallationKeys(folder / "keys")
        place.slack, place.engine = slack, engine
        heard.append(place.homes.on_event)
        stack.push_async_callback(place.stop_bot)
        if start:
            await place.start_bot()
        yield place

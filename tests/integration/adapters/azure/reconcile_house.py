"""The reconciliation over the local Azure, with changes as people make them in its portal."""

from dataclasses import replace

from bot.wiring.stores import Stores
from provisioning.access.rights import Rights
from provisioning.adapters.sql.chat.posted_once import SqlFindings, SqlPostedOnce
from provisioning.admin.absence import Absences
from provisioning.admin.adoption import Adoption
from provisioning.admin.missing import Missing
from provisioning.admin.orphans import Orphans
from provisioning.admin.reconcile import Reconcile
from provisioning.admin.troubles import Refusals, Troubles
from provisioning.core.model.cloud import Boot
from provisioning.core.model.events import Event
from provisioning.core.model.policy import MachineLayout, Policy
from provisioning.core.model.server import Job, Snapshot, Status
from provisioning.platforms.catalogue import get_platform
from tests.fakes import FakeClock
from tests.integration.adapters.azure.conftest import GROUP

BOOT = Boot(
    "notebook-admin",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEjbzRvnKp5rRY4S9HxqJ2",
    "#cloud-config\n",
)


class WorkList:
    def __init__(self) -> None:
        self.begun: list[tuple[str, str]] = []
        self.drawn: list[tuple[str, str]] = []

    async def begin(self, job, server, key=""):
        if job is Job.REDRAW:
            self.drawn.append((server.id, server.status.value))
        else:
            self.begun.append((job, server.id))


class Reports:
    """The messages that were posted."""

    def __init__(self) -> None:
        self.orphans, self.missing, self.back = [], [], []
        self.drift, self.troubles, self.over = [], [], []
        self.refusals: list[Exception] = []

    async def notify_orphan(self, orphan):
        self.orphans.append(orphan)

    async def notify_drift(self, server, outcome):
        self.drift.append((server.name, outcome))

    async def notify_missing(self, server):
        if self.refusals:
            raise self.refusals.pop(0)
        self.missing.append(server.name)

    async def notify_back(self, server):
        self.back.append(server.name)

    async def admins(self):
        return ["U_EVE"]

    async def notify_trouble(self, _admin, text):
        self.troubles.append(str(text))

    async def notify_trouble_over(self, _admin, text):
        self.over.append(str(text))


class House:
    """Reconciliation over the local Azure, and changes as made in its portal."""

    def __init__(self, cloud, clients, engine) -> None:
        self.cloud, self.clients, self.engine = cloud, clients, engine
        stores = Stores(engine)
        self.store, self.work, self.told = stores.servers, WorkList(), Reports()
        self.clock = FakeClock()
        troubles = Troubles(SqlPostedOnce(engine), self.told, self.clock)
        rights = Rights(stores.servers, stores.shares)
        self.missing = Missing(cloud, self.store, rights, self.work, self.told, self.clock)
        self.reconcile = Reconcile(
            cloud,
            self.store,
            self.work,
            self.told,
            SqlFindings(engine),
            Absences(
                cloud,
                self.store,
                self.work,
                self.told,
                troubles,
                self.clock,
                Policy.missing_after,
            ),
            self.missing,
            Refusals(troubles, stores.audit, self.clock),
            self.clock,
        )
        self.adoption = Adoption(cloud, self.store, self.clock, MachineLayout())
        self.orphans = Orphans(self.adoption, self.store, self.work, self.clock)

    async def make(self, server, status=Status.RUNNING, known=True):
        """Create the server in Azure, and in the store unless its row is lost."""
        await self.cloud.network.ensure_network("westeurope")
        await self.cloud.network.ensure_address(server)
        await self.cloud.network.ensure_nic(server)
        await self.cloud.machines.ensure_vm(server, get_platform("ubuntu"), BOOT)
        if known:
            event = Event(self.clock.now(), "U_ANA", "create", server.id, "accepted")
            row = replace(server, status=status, request_key=server.id)
            await self.store.add_server(row, event)
        return server

    async def portal(self, action, server):
        begin = getattr(self.clients.compute.virtual_machines, action)
        await self.clients.finish("portal", begin, GROUP, f"nb-{server.id}-vm")

    async def remove_machine(self, server):
        """Delete the machine but not its disk, as the portal offers."""
        kept = replace(server, snapshot=Snapshot("word", self.clock.now()))
        await self.cloud.machines.stop(server.id)
        await self.cloud.snapshots.ensure_copy(kept, self.clock.now())
        await self.portal("begin_delete", server)
        await self.cloud.snapshots.ensure_disk(kept)

    async def status(self, server):
        return (await self.store.get(server.id)).status

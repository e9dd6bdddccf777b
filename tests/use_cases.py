"""The use cases of servers, wired as in the bot."""

from pathlib import Path

from bot.wiring.stores import Stores
from provisioning import access, servers
from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.adapters.ssh.public_key import read_public_keys
from provisioning.core.model.policy import IdlePolicy, MachineLayout, Policy, Tls
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.ports import Ports
from tests.fake_host import FakeHost
from tests.fakes import FakeCardMessages, FakePeople, FakePrices


class ServerUseCases:
    """The use cases over the stores, the cloud and the engine of a test."""

    def __init__(
        self, stores: Stores, cloud: Cloud, work: Work, clock: Clock, policy: Policy
    ) -> None:
        self.stores, self.store = stores, stores.servers
        ports = Ports(
            servers=stores.servers,
            shares=stores.shares,
            member_keys=stores.member_keys,
            limits=stores.limits,
            audit=stores.audit,
            members=stores.members,
            cloud=cloud,
            prices=FakePrices(),
            host=FakeHost(),
            cards=FakeCardMessages(),
            people=FakePeople(),
            work=work,
            clock=clock,
            policy=policy,
            idle=IdlePolicy(),
            layout=MachineLayout(),
            tls=Tls(),
        )
        reach = Reach(InstallationKeys(Path("not-there")), ports.layout)
        entry = access.wire(ports, reach, read_public_keys)
        life = servers.wire(ports, entry, stores.approvals)
        self.rights, self.sharing = entry.rights, entry.sharing
        self.servers, self.creations, self.undo = life.servers, life.creations, life.undo
        self.renaming, self.resizing = life.renames, life.resizes

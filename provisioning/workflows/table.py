"""All workflows by name: the one place that lists the steps of a create, a stop or a delete.

The engine looks workflows up in this table. It stores the names of steps in its history, so a
rename of a step breaks workflows that are under way.
"""

from provisioning.access.certificates import CertificateFiles
from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.machine_access import MachineAccess, Reach
from provisioning.core.model.server import Job, Stage
from provisioning.core.ports.ports import Ports
from provisioning.servers.regions import Regions
from provisioning.workflows.admit import Admission, OwnerPasswords
from provisioning.workflows.create import Creating
from provisioning.workflows.delete import Removing
from provisioning.workflows.durable.redraw import Redrawing
from provisioning.workflows.durable.steps import DAY, AddedSteps, Step, Workflow
from provisioning.workflows.failures.cards import FailedMessage
from provisioning.workflows.failures.clean_up import CleaningUp
from provisioning.workflows.failures.outage import Outages
from provisioning.workflows.failures.people import FailedPeople
from provisioning.workflows.packages import PackageWork
from provisioning.workflows.power import ComingUp, Power
from provisioning.workflows.repository import Cloning
from provisioning.workflows.resize import Resizing
from provisioning.workflows.set_up import SettingUp
from provisioning.workflows.undo import Restoring
from provisioning.workflows.upkeep import UpdateWork, UpkeepWork


class WorkflowTable:
    """The workflows, built from the objects that have their steps.

    `certificates` are the organisation's, None in other modes; `added` are the cleanup's steps.
    """

    def __init__(
        self,
        ports: Ports,
        keys: InstallationKeys,
        certificates: CertificateFiles | None,
        added: AddedSteps,
    ) -> None:
        cloud, host, cards, store = ports.cloud, ports.host, ports.cards, ports.servers
        clock, policy, layout, tls = ports.clock, ports.policy, ports.layout, ports.tls
        access = MachineAccess(cloud, Reach(keys, layout)).of
        regions = Regions(cloud, ports.limits, policy)
        self._creating = Creating(cloud, host, cards, store, clock, keys, layout, regions)
        failed = FailedPeople(store, clock)
        self._passwords = OwnerPasswords(host, cards, store, clock, policy, access, failed)
        basics = (cloud, host, cards, store)
        shares, member_keys, new = ports.shares, ports.member_keys, self._passwords.new_password
        self._people = Admission(*basics, shares, member_keys, clock, policy, access, new, failed)
        self._set_up = SettingUp(*basics, keys, layout, tls, certificates, ports.people)
        self._cloning = Cloning(host, store, cards, access, policy.git_authorities)
        self._coming_up = ComingUp(cloud, host, store, layout, tls, certificates, access)
        self._upkeep = UpkeepWork(host, store, access, ports.people)
        network, comes_up = self._creating.network_steps(), self._comes_up()
        self._removing = Removing(cloud, cards, store, clock, self._people, added.before_copy)
        built = (network, self._set_up.run, comes_up)
        self._restoring = Restoring(cloud, cards, store, clock, self._people, *built)
        outages = Outages(host, store, clock, access, ports.idle.repair_within)
        self._power = self._powered(ports, comes_up, added, outages)
        grown = (self._people, comes_up, outages)
        self._resizing = Resizing(cloud, ports.prices, cards, store, clock, *grown)
        verify, trail = self._coming_up.verify, ports.audit
        self._updating = UpdateWork(self._upkeep, verify, cards, store, trail, clock, outages)
        self._packages = PackageWork(host, cards, store, clock, access)
        self._redrawing = Redrawing(cards, FailedMessage(store, cards, clock).on_failure())
        self._tag = Step("tag", cloud.inventory.tag_server, patience=DAY, optional=True)
        self._ports = ports

    def by_name(self) -> dict[str, Workflow]:
        """Return all workflows by name."""
        workflows = (
            self._create(),
            *self._power.workflows(),
            *self._removing.workflows(),
            self._restoring.workflow(),
            self._resizing.workflow(),
            self._rename(),
            self._people.workflow(),
            self._passwords.workflow(),
            self._packages.workflow(),
            self._updating.workflow(),
            self._redrawing.workflow(),
        )
        named = {each.name: each for each in workflows}
        failures = {name: each.on_failure for name, each in named.items()}
        ports = self._ports
        again = CleaningUp(ports.servers, ports.cards, ports.clock, failures).workflow()
        return {**named, again.name: again}

    def _powered(
        self, ports: Ports, comes_up: tuple[Step, ...], added: AddedSteps, outages: Outages
    ) -> Power:
        # The update after the repair finds nothing to do, or tells the admins why it can't be done.
        repairs = (self._upkeep.repair_step(), self._upkeep.update_step())
        repaired = self._coming_up.steps(self._people, *repairs)
        places = (ports.cloud, ports.cards, ports.servers, ports.clock)
        return Power(*places, comes_up, repaired, self._people, added, outages)

    def _comes_up(self) -> tuple[Step, ...]:
        return self._coming_up.steps(self._people, self._upkeep.update_step())

    def _rename(self) -> Workflow:
        steps = (self._tag, *self._redrawing.steps)
        return Workflow(Job.RENAME, steps, self._redrawing.on_failure)

    def _create(self) -> Workflow:
        return Workflow(
            Job.CREATE,
            (
                *self._creating.network_steps(),
                Step("vm", self._creating.ensure_vm, Stage.MACHINE, patience=1800),
                Step("connect", self._coming_up.connect, Stage.CONNECT, patience=1),
                Step("set_up", self._set_up.run, Stage.SET_UP, patience=1200),
                self._cloning.step(),
                Step("verify", self._coming_up.verify, Stage.VERIFY, patience=600),
                Step("admit_keys", self._people.admit_keys, Stage.HAND_OVER),
                Step("hand_over", self._passwords.hand_over, Stage.HAND_OVER, patience=DAY),
            ),
            self._creating.on_failure(),
        )

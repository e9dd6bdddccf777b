"""The rules of an installation: each class here is a section of its settings, or made of some.

An attribute's docstring is the setting's description in docs/settings.md.
"""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from provisioning.core.model.hours import WorkingHours
from provisioning.core.model.limits import Limits


@dataclass(frozen=True)
class IdleTimes:
    """When a server that nobody uses is stopped, and when a stopped one is deleted. Zero
    switches a rule off."""

    after: timedelta = timedelta(hours=1)
    """How long neither work nor a person must have been seen before the owner is warned."""
    after_in_working_hours: timedelta = timedelta(hours=2)
    """The same in working hours."""
    working_hours: WorkingHours = field(default_factory=lambda: WorkingHours.parse("mon-fri 9-18"))
    """Working hours by the owner's clock, such as `weekdays 8:30-17`; empty: none."""
    at_least: timedelta = timedelta(minutes=15)
    """The shortest time without use that an owner may choose for a server of theirs."""
    at_most: timedelta = timedelta(hours=12)
    """The longest such time."""
    grace: timedelta = timedelta(minutes=15)
    """How long after the warning it is stopped."""
    keep_at_most: timedelta = timedelta(days=3)
    """For how long ahead an owner may keep an idle server on."""
    lifetime: timedelta = timedelta(0)
    """The longest that a server may run without a stop, at work or not. 0: no limit."""
    lifetime_warning: timedelta = timedelta(hours=2)
    """How long before that its owner is told."""
    ask_after: timedelta = timedelta(hours=12)
    """After how long the same work without output or CPU its owner is asked about it."""
    ask_grace: timedelta = timedelta(hours=24)
    """How long the owner has to answer that, before it is stopped."""
    unknown_after: timedelta = timedelta(hours=1)
    """After how long admins hear of a server that can't be looked at."""
    retention: timedelta = timedelta(days=30)
    """How long a stopped server is kept before it is deleted. 0: for ever."""
    retention_warning: timedelta = timedelta(days=3)
    """How long before its deletion the owner is told."""


@dataclass(frozen=True)
class IdlePolicy(IdleTimes):
    """The idle times of the installation or of one server, and what else the rules must know."""

    copies_kept: timedelta = timedelta(0)
    """How long the snapshot of a server that the cleanup deletes is kept. 0: none is made."""
    schedule: WorkingHours | None = None
    """The hours in which the server runs, where its owner has set some."""

    @classmethod
    def of(cls, times: IdleTimes, copies_kept: timedelta) -> "IdlePolicy":
        """Return the installation's policy."""
        same = {each.name: getattr(times, each.name) for each in fields(IdleTimes)}
        return cls(**same, copies_kept=copies_kept)

    def of_server(
        self, schedule: str, idle_after: timedelta | None, lifetime: timedelta | None = None
    ) -> "IdlePolicy":
        """With what its owner wishes for it: the hours in which it runs ("" for none), and idle
        time of its own, within the admin's bounds (None: as everybody's). Where nothing is
        stopped for idleness, no wish changes that. `lifetime`: what an admin has set for its
        owner (None: as everybody's)."""
        policy = self if lifetime is None else replace(self, lifetime=lifetime)
        if idle_after is not None and self.after:
            within = min(max(idle_after, self.at_least), self.at_most)
            policy = replace(policy, after=within, after_in_working_hours=within)
        return replace(policy, schedule=WorkingHours.parse(schedule)) if schedule else policy

    def idle_after(self, now: datetime, zone: str) -> timedelta:
        """How long a server may be idle then, before its owner is warned."""
        at_work = self.working_hours.contain(now, zone)
        return self.after_in_working_hours if at_work else self.after


@dataclass(frozen=True)
class SweepConfig:
    """The pace of the cleanup."""

    sweep: str = "* * * * *"
    """When servers that are due are looked at: cron in UTC, with seconds first if six fields."""
    look_every: timedelta = timedelta(minutes=5)
    """How often a running server is looked at."""
    look_budget: float = 10.0
    """Seconds that a look at one machine may take."""
    looks_at_once: int = 32
    """Most looks at the same time."""

    @property
    def slow_looks_at_once(self) -> int:
        """Places for machines that did not answer last time, so that they hold no other up."""
        return max(1, self.looks_at_once // 4)


@dataclass(frozen=True)
class RegionPolicy:
    """Where servers may be made."""

    region: str = "westeurope"
    """Where servers are made, as `az account list-locations -o table` names it."""
    other_regions: tuple[str, ...] = ()
    """Further regions that members may choose, and are offered where the first one refuses. Each
    gets a network of its own in the resource group."""

    @property
    def regions(self) -> tuple[str, ...]:
        """All of them, the usual one first."""
        return (self.region, *self.other_regions)


@dataclass(frozen=True)
class LimitPolicy:
    """What one member may have without asking an approver, and what all may have together. 0 is
    no limit. A server counts until it is deleted; a month is 30 days of 8 hours."""

    cores_per_member: int = 0
    """Most cores of one member's servers."""
    cost_per_member: Decimal = Decimal(0)
    """Most US dollars a month of one member's servers."""
    servers: int = 0
    """Most servers of all members together; nobody can approve more."""
    cores: int = 0
    """Most cores of all servers together."""
    cost: Decimal = Decimal(0)
    """Most US dollars a month of all servers together."""
    gpus: bool = False
    """Whether members may choose the platforms' sizes with a GPU (`create --gpu`)."""
    approval_ttl: timedelta = timedelta(days=3)
    """How long a creation beyond a member's limits waits for an approver. 0: it is refused."""

    @property
    def maximum(self) -> Limits:
        """What all may have together."""
        return Limits(self.servers, self.cores, self.cost)


@dataclass(frozen=True)
class GitPolicy:
    """Public repositories that a new server may begin with."""

    hosts: tuple[str, ...] = ()
    """The only hosts that repositories may be cloned from. Empty: any that the servers reach."""
    ca_file: Path | None = None
    """PEM of the authorities by which those hosts are trusted, instead of the machines' own."""


@dataclass(frozen=True)
class Policy(RegionPolicy):
    """What members may ask for: sections of the settings, and what has no section there."""

    limits: LimitPolicy = field(default_factory=LimitPolicy)
    git: GitPolicy = field(default_factory=GitPolicy)
    idle: IdleTimes = field(default_factory=IdleTimes)
    servers_per_member: int = 3
    """Most live servers of one member without an approver's word; 0 is no limit."""
    allowed_sizes: tuple[str, ...] = ()
    """VM sizes that members may choose. Empty: the platform's own list."""
    password_ttl: timedelta = timedelta(hours=24)
    """How long a one-time password may wait to be used."""
    copies_kept: timedelta = timedelta(days=7)
    """How long an owner may have the snapshot of a deleted server kept. 0: never."""
    git_authorities: str = field(default="", repr=False)
    """The text of `git.ca_file`."""

    @property
    def member_limits(self) -> Limits:
        """Of a member for whom nothing else is set."""
        return Limits(
            self.servers_per_member,
            self.limits.cores_per_member,
            self.limits.cost_per_member,
            lifetime=self.idle.lifetime,
        )


"""Who gives the servers' certificates: themselves, the bot from a file, an authority."""


@dataclass(frozen=True)
class Tls:
    """How the servers come by their certificates.

    `domain` is the installation's own DNS domain, below which each server's name is, with the
    region between unless it is `region`; `directory` the authority's ACME address, `authorities`
    PEM to trust it by, `http_port` where it looks for the proof of a name.
    """

    mode: str = "self-signed"
    domain: str = ""
    directory: str = ""
    email: str = ""
    authorities: str = ""
    http_port: int = 80
    region: str = ""

    def domain_of(self, region: str) -> str:
        """Below which the names of that region's servers are. Azure has a zone for each region,
        and one DNS record leads to one of them."""
        plain = not self.region or region == self.region
        return self.domain if plain else f"{region}.{self.domain}"

    def hostname(self, server_id: str, given: str, region: str) -> str:
        """What people type: the cloud's own name, or the same label below our domain. An
        address has no label; then it is made from the server's id."""
        if not self.domain:
            return given
        label = given.partition(".")[0]
        return f"{f'nb-{server_id}' if label.isdigit() else label}.{self.domain_of(region)}"


@dataclass(frozen=True)
class MachineLayout:
    """What a notebook machine looks like from outside."""

    ssh_port: int = 22
    """Where the machines' SSH answers."""
    https_port: int = 443
    """The public port of the notebooks."""
    notebook_port: int = 9999
    """Where Jupyter itself listens, behind the public port."""
    root: str = "/"
    """Where the machine's file tree starts; a relative path counts from the admin's home."""
    ssh_timeout: timedelta = timedelta(minutes=10)
    """How long a new VM may take until SSH answers."""
    connect_timeout: float = 10.0
    """Seconds that one SSH connection may take until the bot is signed in."""
    first_cell_timeout: float = 90.0
    """Seconds that a server may take from its start until a kernel of it computes."""

    def url(self, hostname: str) -> str:
        """The address that the member opens, without a port where it is the usual one."""
        return f"https://{hostname}/" if self.https_port == 443 else self._with_port(hostname)

    def _with_port(self, hostname: str) -> str:
        return f"https://{hostname}:{self.https_port}/"

"""The rules of an installation: each class is a section of the settings, or is built from some.

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
    """When an idle server is stopped, and a stopped one deleted. Zero switches a rule off."""

    after: timedelta = timedelta(hours=1)
    """Idle time before the owner is warned."""
    after_in_working_hours: timedelta = timedelta(hours=2)
    """Idle time before the owner is warned, in working hours."""
    working_hours: WorkingHours = field(default_factory=lambda: WorkingHours.parse("mon-fri 9-18"))
    """Working hours in the owner's time zone, such as `weekdays 8:30-17`. Empty: none."""
    at_least: timedelta = timedelta(minutes=15)
    """Shortest idle time that an owner may choose for a server."""
    at_most: timedelta = timedelta(hours=12)
    """Longest idle time that an owner may choose for a server."""
    grace: timedelta = timedelta(minutes=15)
    """Time from the warning until an idle server is stopped."""
    keep_at_most: timedelta = timedelta(days=3)
    """Longest time for which an owner may keep an idle server on."""
    lifetime: timedelta = timedelta(0)
    """Longest time that a server may run without a stop, busy or idle. 0: no limit."""
    lifetime_warning: timedelta = timedelta(hours=2)
    """Time before the end of `lifetime` at which the owner is warned."""
    ask_after: timedelta = timedelta(hours=12)
    """Time of the same work without output or CPU use after which the owner is asked about it."""
    ask_grace: timedelta = timedelta(hours=24)
    """Time that the owner has to answer, before the server is stopped."""
    unknown_after: timedelta = timedelta(hours=1)
    """Time without a probe result after which the admins are notified of a server."""
    repair_within: timedelta = timedelta(hours=4)
    """Time for which a server whose notebook does not come up is left on for its repair, before it
    is stopped."""
    retention: timedelta = timedelta(days=30)
    """Time that a stopped server is kept before it is deleted. 0: no limit."""
    retention_warning: timedelta = timedelta(days=3)
    """Time before the deletion at which the owner is warned."""


@dataclass(frozen=True)
class IdlePolicy(IdleTimes):
    """The idle times of the installation or of one server, with the other inputs of the rules."""

    copies_kept: timedelta = timedelta(0)
    """Retention of the snapshot of a server that the cleanup deletes. 0: no snapshot."""
    schedule: WorkingHours | None = None
    """The hours in which the server runs; None if its owner has set none."""

    @classmethod
    def of(cls, times: IdleTimes, copies_kept: timedelta) -> "IdlePolicy":
        """Return the installation's policy."""
        same = {each.name: getattr(times, each.name) for each in fields(IdleTimes)}
        return cls(**same, copies_kept=copies_kept)

    def of_server(
        self, schedule: str, idle_after: timedelta | None, lifetime: timedelta | None = None
    ) -> "IdlePolicy":
        """Return the policy of one server, with its owner's choices.

        `schedule` has the hours in which the server runs ("" for none). `idle_after` is the owner's
        idle time, kept within the admin's limits; it has no effect where idle servers are not
        stopped. `lifetime` is set by an admin for the owner. None stands for the installation's
        value.
        """
        policy = self if lifetime is None else replace(self, lifetime=lifetime)
        if idle_after is not None and self.after:
            within = min(max(idle_after, self.at_least), self.at_most)
            policy = replace(policy, after=within, after_in_working_hours=within)
        return replace(policy, schedule=WorkingHours.parse(schedule)) if schedule else policy

    def idle_after(self, now: datetime, zone: str) -> timedelta:
        """Return the idle time at `now` before the owner is warned."""
        at_work = self.working_hours.contain(now, zone)
        return self.after_in_working_hours if at_work else self.after


@dataclass(frozen=True)
class SweepConfig:
    """The pace of the cleanup."""

    sweep: str = "* * * * *"
    """When the cleanup runs: cron in UTC; a sixth field in front is seconds."""
    look_every: timedelta = timedelta(minutes=5)
    """Time between two probes of a running server."""
    look_budget: float = 10.0
    """Timeout in seconds of the probe of one machine."""
    looks_at_once: int = 32
    """Most probes at the same time."""

    @property
    def slow_looks_at_once(self) -> int:
        """The part of these probes for machines that did not answer last time.

        Slow machines so hold up no other machine.
        """
        return max(1, self.looks_at_once // 4)


@dataclass(frozen=True)
class RegionPolicy:
    """The regions in which servers may be created."""

    region: str = "westeurope"
    """Region in which servers are created, as named by `az account list-locations -o table`."""
    other_regions: tuple[str, ...] = ()
    """Further regions that members may choose, also offered where the first region has no room.
    Each region gets its own network in the resource group."""

    @property
    def regions(self) -> tuple[str, ...]:
        """All regions, the default one first."""
        return (self.region, *self.other_regions)


@dataclass(frozen=True)
class LimitPolicy:
    """Limits of one member without an approver's consent, and of all members together.

    0 is no limit. A server counts until it is deleted; a month is 30 days of 8 hours.
    """

    cores_per_member: int = 0
    """Most cores of one member's servers."""
    cost_per_member: Decimal = Decimal(0)
    """Most US dollars per month of one member's servers."""
    servers: int = 0
    """Most servers of all members together; an approver can't allow more."""
    cores: int = 0
    """Most cores of all servers together."""
    cost: Decimal = Decimal(0)
    """Most US dollars per month of all servers together."""
    disk: int = 2048
    """Largest disk in GB that members may choose. Disks cost also while their server is stopped."""
    gpus: bool = False
    """Whether members may choose the platforms' sizes with a GPU (`create --gpu`)."""
    approval_ttl: timedelta = timedelta(days=3)
    """Time that a creation beyond a member's limits waits for an approver. 0: it is refused."""

    @property
    def maximum(self) -> Limits:
        """The limits of all members together."""
        return Limits(self.servers, self.cores, self.cost)


@dataclass(frozen=True)
class GitPolicy:
    """Public repositories that may be cloned onto a new server."""

    hosts: tuple[str, ...] = ()
    """The only hosts from which repositories may be cloned. Empty: every host."""
    ca_file: Path | None = None
    """PEM file of the CA certificates to trust for these hosts, instead of the machines' own."""


@dataclass(frozen=True)
class Policy(RegionPolicy):
    """The limits of members' requests: some sections of the settings, and single settings."""

    limits: LimitPolicy = field(default_factory=LimitPolicy)
    git: GitPolicy = field(default_factory=GitPolicy)
    idle: IdleTimes = field(default_factory=IdleTimes)
    servers_per_member: int = 3
    """Most servers of one member without an approver's consent. 0: no limit."""
    allowed_sizes: tuple[str, ...] = ()
    """VM sizes that members may choose. Empty: each platform's own list."""
    password_ttl: timedelta = timedelta(hours=24)
    """Time until an unused one-time password expires."""
    copies_kept: timedelta = timedelta(days=7)
    """Longest retention of the snapshot of a deleted server. 0: no snapshots."""
    missing_after: timedelta = timedelta(minutes=30)
    """Time for which Azure must not have shown a server's machine until the server is missing."""
    git_authorities: str = field(default="", repr=False)
    """The text of `git.ca_file`."""

    @property
    def member_limits(self) -> Limits:
        """The limits of a member for whom an admin has set none."""
        return Limits(
            self.servers_per_member,
            self.limits.cores_per_member,
            self.limits.cost_per_member,
            lifetime=self.idle.lifetime,
        )


@dataclass(frozen=True)
class Tls:
    """The source of the servers' certificates: themselves, a file of the bot, or an authority.

    `domain` is the installation's own DNS domain. A server's name is a label below the domain, or
    below `<region>.<domain>` outside the default `region`. `directory` is the authority's ACME
    URL, `authorities` are the CA certificates (PEM) to trust for it, and `http_port` is the port
    of its HTTP-01 challenge.
    """

    mode: str = "self-signed"
    domain: str = ""
    directory: str = ""
    email: str = ""
    authorities: str = ""
    http_port: int = 80
    region: str = ""

    def domain_of(self, region: str) -> str:
        """Return the domain of a region's servers.

        Azure has a DNS zone for each region, and one DNS record points to one zone.
        """
        plain = not self.region or region == self.region
        return self.domain if plain else f"{region}.{self.domain}"

    def hostname(self, server_id: str, given: str, region: str) -> str:
        """Return a server's host name: the one `given` by the cloud, or its label below the domain.

        An IP address has no label: the label is then made from the server's id.
        """
        if not self.domain:
            return given
        label = given.partition(".")[0]
        return f"{f'nb-{server_id}' if label.isdigit() else label}.{self.domain_of(region)}"


@dataclass(frozen=True)
class MachineLayout:
    """The ports, paths and timeouts of a notebook machine."""

    ssh_port: int = 22
    """Port of the machines' SSH."""
    https_port: int = 443
    """The public port of the notebooks."""
    notebook_port: int = 9999
    """Local port of Jupyter, behind the public port."""
    root: str = "/"
    """Root of the machine's file tree; a relative path starts at the SSH account's home folder."""
    ssh_timeout: timedelta = timedelta(minutes=10)
    """Time that a new VM may take until SSH answers."""
    connect_timeout: float = 10.0
    """Seconds that one SSH connection may take until the bot has signed in."""
    first_cell_timeout: float = 90.0
    """Seconds that a server may take from its start until a kernel runs the first cell."""

    def url(self, hostname: str) -> str:
        """Return the URL that members open, without the port if it is the default of HTTPS."""
        return f"https://{hostname}/" if self.https_port == 443 else self._with_port(hostname)

    def _with_port(self, hostname: str) -> str:
        return f"https://{hostname}:{self.https_port}/"

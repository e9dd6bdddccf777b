"""What members may ask for, as plain values that wiring fills from the settings."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from provisioning.core.model.hours import WorkingHours
from provisioning.core.model.limits import Limits


@dataclass(frozen=True)
class IdlePolicy:
    """See `bot.config.settings.IdleSettings` for each; a zero switches a rule off."""

    after: timedelta = timedelta(hours=1)
    after_in_working_hours: timedelta = timedelta(hours=2)
    working_hours: WorkingHours = field(default_factory=lambda: WorkingHours.parse("mon-fri 9-18"))
    grace: timedelta = timedelta(minutes=15)
    keep_at_most: timedelta = timedelta(days=3)
    lifetime: timedelta = timedelta(0)
    lifetime_warning: timedelta = timedelta(hours=2)
    ask_after: timedelta = timedelta(hours=12)
    ask_grace: timedelta = timedelta(hours=24)
    unknown_after: timedelta = timedelta(hours=1)
    retention: timedelta = timedelta(days=30)
    retention_warning: timedelta = timedelta(days=3)
    copies_kept: timedelta = timedelta(0)
    at_least: timedelta = timedelta(minutes=15)
    at_most: timedelta = timedelta(hours=12)
    schedule: WorkingHours | None = None

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
class Policy:
    """`region` is where servers are made, and the first of `regions`, those that may be chosen.
    `servers_per_member`, `cores_per_member` and `cost_per_member` (US dollars a month) are what
    one member may have without asking, `maximum` what all may have together; 0 is no limit.
    `lifetime`: how long a server may run without a stop, zero for ever.
    `allowed_sizes`: what members may choose; empty leaves it to the platform, whose sizes with
    a GPU are among them only with `gpus`.
    `approval_ttl`: how long a creation beyond a member's limits waits for an approver; zero:
    there is none, and it is refused at once.
    `copies_kept`: for how long an owner may have the copy of a deleted server's disk kept, 0 is
    never. `password_ttl`: how long a one-time password may wait to be used.
    `keep_at_most`: for how long ahead a server may be kept on although nobody uses it.
    `git_hosts`: the only hosts that repositories may be cloned from, empty: any;
    `git_authorities`: PEM to trust them by instead of the usual authorities.
    """

    region: str
    other_regions: tuple[str, ...] = ()
    servers_per_member: int = 3
    cores_per_member: int = 0
    cost_per_member: Decimal = Decimal(0)
    lifetime: timedelta = timedelta(0)
    maximum: Limits = field(default_factory=Limits)
    approval_ttl: timedelta = timedelta(0)
    allowed_sizes: tuple[str, ...] = ()
    gpus: bool = False
    password_ttl: timedelta = timedelta(hours=24)
    ssh_timeout: timedelta = timedelta(minutes=10)
    copies_kept: timedelta = timedelta(days=7)
    keep_at_most: timedelta = timedelta(days=3)
    git_hosts: tuple[str, ...] = ()
    git_authorities: str = field(default="", repr=False)

    @property
    def regions(self) -> tuple[str, ...]:
        """Those in which servers may be made, the usual one first."""
        return (self.region, *self.other_regions)

    @property
    def member_limits(self) -> Limits:
        """Of a member for whom nothing else is set."""
        return Limits(
            self.servers_per_member,
            self.cores_per_member,
            self.cost_per_member,
            lifetime=self.lifetime,
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
    """Ports and paths of a notebook machine.

    `root` is where its file tree starts; a relative path counts from the admin's home.
    """

    ssh_port: int = 22
    https_port: int = 443
    notebook_port: int = 9999
    root: str = "/"

    def url(self, hostname: str) -> str:
        """The address that the member opens, without a port where it is the usual one."""
        return f"https://{hostname}/" if self.https_port == 443 else self._with_port(hostname)

    def _with_port(self, hostname: str) -> str:
        return f"https://{hostname}:{self.https_port}/"

"""Every setting of the bot, in one tree.

Read from the environment: `NOTEBOOK_BOT_` + section + `__` + field, for example
`NOTEBOOK_BOT_SLACK__BOT_TOKEN`; a file `.env` in the working directory is read too.
docs/settings.md lists them; a test compares.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator
from pydantic.dataclasses import dataclass
from pydantic.functional_validators import BeforeValidator
from pydantic_settings import BaseSettings, SettingsConfigDict

from provisioning.adapters.azure.config import AzureConfig, OpenPorts
from provisioning.core.model.hours import WorkingHours
from provisioning.core.model.policy import (
    GitPolicy,
    IdleTimes,
    LimitPolicy,
    MachineLayout,
    Policy,
    SweepConfig,
)
from provisioning.servers.choices import plain_region


def _split(value: object) -> object:
    """Lists in the environment are words with commas or spaces between them."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]


class SlackSettings(BaseModel):
    """How the bot reaches Slack, and whom it serves."""

    bot_token: SecretStr = SecretStr("")
    """The bot's token (`xoxb-...`), from "OAuth & Permissions" of the Slack app."""
    app_token: SecretStr = SecretStr("")
    """The app-level token (`xapp-...`, scope connections:write); Socket Mode needs it."""
    signing_secret: SecretStr = SecretStr("")
    """The signing secret, from "Basic Information"; HTTP delivery needs it."""
    mode: Literal["socket", "http"] = "socket"
    """`socket`: the bot connects out and needs no public address. `http`: Slack calls it."""
    http_host: str = "127.0.0.1"
    """Address to listen on in mode `http`; put a TLS proxy before it."""
    http_port: int = 8080
    """Port to listen on in mode `http`."""
    api_url: str = "https://slack.com/api/"
    """Base address of Slack's Web API."""
    command: str = "/notebook"
    """The slash command, as it is in the app's manifest."""
    allowed_users: Words = ()
    """Slack user ids that may use the bot. With `allowed_groups` empty too: everybody."""
    allowed_groups: Words = ()
    """Slack user group ids whose members may use the bot."""
    admins: Words = ()
    """Slack user ids of the bot's admins."""
    admin_groups: Words = ()
    """Slack user group ids whose members are admins too."""
    approvers: Words = ()
    """Slack user ids of those who decide about what is beyond a member's limits. With
    `approver_groups` empty too: the admins."""
    approver_groups: Words = ()
    """Slack user group ids whose members decide about that."""
    admin_channel: str = ""
    """Slack channel id where approvers are asked; the bot must be in it. Empty: by DM to each."""
    updates_per_minute: int = 45
    """Most message edits a minute; Slack allows about 50. Finished cards go first."""


@dataclass(frozen=True)
class AzureSettings(AzureConfig):
    """The section `azure`."""

    _words = field_validator("other_regions", mode="before")(_split)

    @field_validator("region")
    @classmethod
    def _region_as_azure_writes_it(cls, name: str) -> str:
        return plain_region(name)

    @field_validator("other_regions")
    @classmethod
    def _each_region_once(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        first = info.data.get("region")
        return tuple(dict.fromkeys(each for each in map(plain_region, names) if each != first))


@dataclass(frozen=True)
class IdleSettings(SweepConfig, IdleTimes):
    """The section `idle`."""

    @field_validator("working_hours", mode="before")
    @classmethod
    def _understood(cls, hours: object) -> object:
        return WorkingHours.parse(hours) if isinstance(hours, str) else hours


@dataclass(frozen=True)
class LimitSettings(LimitPolicy):
    """The section `limits`."""

    @field_validator("cores_per_member", "cost_per_member", "servers", "cores", "cost")
    @classmethod
    def _not_below_zero(cls, most: Decimal) -> Decimal:
        if most < 0:
            raise ValueError("must be 0 (no limit) or more")
        return most


@dataclass(frozen=True)
class GitSettings(GitPolicy):
    """The section `git`."""

    _words = field_validator("hosts", mode="before")(_split)


class ReportSettings(BaseModel):
    """The weekly report of hours, cost, idle time and what the cleanup saved."""

    weekly: bool = True
    """Whether it is sent: to each member who had servers by DM, and of all to the admins."""
    hour: int = Field(default=9, ge=0, le=23)
    """From which hour of Monday on, by the reader's clock; UTC's for that of all."""
    channel: str = ""
    """Id of the channel that gets that of all; invite the bot into it. Empty: each admin, by DM."""


class TlsSettings(BaseModel):
    """Who gives the notebooks their certificates."""

    mode: Literal["self-signed", "organisation", "acme"] = "self-signed"
    """`self-signed`: each server makes its own; browsers warn once, the DM has its fingerprint.
    `organisation`: a wildcard certificate of yours. `acme`: an authority's, by HTTP-01."""
    domain: str = ""
    """Your own DNS domain, below which the servers' names are; `organisation` and `acme` need it.
    One record leads all of them to Azure: `<domain> DNAME <region>.cloudapp.azure.com`; for each
    other region `<region>.<domain> DNAME <region>.cloudapp.azure.com` too."""
    certificate_file: Path | None = None
    """PEM of the certificate for `*.<domain>` (and `*.<region>.<domain>` for each other region),
    its chain after it; for `organisation`. When the file changes, running servers show the new
    one within `check_seconds`, without a restart."""
    key_file: Path | None = None
    """PEM of that certificate's key, without a passphrase."""
    check_seconds: float = 300.0
    """How often the two files are looked at."""
    acme_directory: str = "https://acme-v02.api.letsencrypt.org/directory"
    """The authority's ACME address. Setting `acme` accepts its terms."""
    acme_email: str = ""
    """Whom the authority writes to when a certificate is about to end; may stay empty."""
    acme_ca_file: Path | None = None
    """PEM of the authorities by which the ACME address is trusted, for a private one."""
    http_port: int = 80
    """Where the authority looks for the proof of a name; open to all in mode `acme`."""


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(
        env_prefix="NOTEBOOK_BOT_",
        env_nested_delimiter="__",
        env_file=".env",
        enable_decoding=False,
        extra="ignore",
    )

    slack: SlackSettings = Field(default_factory=SlackSettings)
    azure: AzureSettings = Field(default_factory=AzureSettings)
    machine: MachineLayout = Field(default_factory=MachineLayout)
    idle: IdleSettings = Field(default_factory=IdleSettings)
    report: ReportSettings = Field(default_factory=ReportSettings)
    tls: TlsSettings = Field(default_factory=TlsSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    git: GitSettings = Field(default_factory=GitSettings)
    database_url: str = "sqlite+aiosqlite:///notebook-bot.db"
    """Where ownership and the engine's history are kept: SQLite for one process, or
    `postgresql+psycopg://...`."""
    installation: str = "default"
    """This installation's name, a tag on every resource; two bots in one subscription differ."""
    keys_dir: Path = Path("keys")
    """Folder of the installation's own key (mode 0700): its SSH identity and the seed of all
    host keys. Back it up with the database."""
    cache_dir: Path = Path("cache")
    """Folder for what the bot fetches once for all machines (uv for Windows, some 16 MB, with this
    computer's pip settings). It may be lost: it is filled again."""
    reconcile: str = "*/10 * * * *"
    """When Azure is compared with the database: cron in UTC, with seconds first if six fields."""
    password_ttl: timedelta = Policy.password_ttl
    """How long a one-time password may wait to be used."""
    copies_kept: timedelta = Policy.copies_kept
    """For how long `delete` may keep a copy of a server's disk, so that it can be undone. 0: never.
    A copy costs something until then: Azure's price of a snapshot of the disk."""
    copies_sweep: str = "*/5 * * * *"
    """When copies whose time is over are removed: cron in UTC, with seconds first if six fields."""
    servers_per_member: int = Policy.servers_per_member
    """Most live servers of one member without an approver's word; 0 is no limit."""
    allowed_sizes: Words = Policy.allowed_sizes
    """VM sizes that members may choose. Empty: the platform's own list."""
    log_format: Literal["json", "text"] = "text"
    """`json`: one object a line, for collectors. `text`: for people."""
    metrics_port: int = 0
    """Port on loopback for Prometheus at `/metrics`; 0 is off."""
    ready_file: Path | None = None
    """A file that exists while the bot serves, for whatever watches over it."""
    shutdown_seconds: float = 20.0
    """How long tasks in flight may take at SIGTERM before they are left to the restart."""

    @property
    def open_ports(self) -> OpenPorts:
        """What Azure lets through to the machines."""
        http = self.tls.http_port if self.tls.mode == "acme" else None
        return OpenPorts(self.machine.ssh_port, self.machine.https_port, http)


def somebody_approves(settings: SlackSettings) -> bool:
    """Whether the settings name anybody who decides about what is beyond a member's limits."""
    return any(
        (settings.admins, settings.admin_groups, settings.approvers, settings.approver_groups)
    )

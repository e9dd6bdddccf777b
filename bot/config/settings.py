"""Every setting of the bot, in one tree.

Read from the environment: `NOTEBOOK_BOT_` + section + `__` + field, for example
`NOTEBOOK_BOT_SLACK__BOT_TOKEN`; from files of that name in a folder of secrets; from a file `.env`;
and from a TOML file with the sections as tables (`places`). docs/settings.md lists them; a test
compares. `bot.config.reading` explains what is wrong with them.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic.functional_validators import BeforeValidator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from bot.config.durations import with_durations
from bot.config.places import places
from bot.config.sections import BackupSettings, ReportSettings, TlsSettings
from provisioning.adapters.azure.config import AzureConfig, OpenPorts, tags_in
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
    """Split a list in the environment: words with commas or spaces between them."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


ALL_MEMBERS = "everybody"
"""The word of `allowed_users` for all members of the workspace."""

Words = Annotated[tuple[str, ...], BeforeValidator(_split)]


class SlackSettings(BaseModel):
    """The Slack app, and the users, admins and approvers."""

    bot_token: SecretStr = SecretStr("")
    """The bot's token (`xoxb-...`), from "OAuth & Permissions" of the Slack app."""
    app_token: SecretStr = SecretStr("")
    """The app-level token (`xapp-...`, scope connections:write); Socket Mode needs it."""
    signing_secret: SecretStr = SecretStr("")
    """The signing secret, from "Basic Information"; HTTP delivery needs it."""
    mode: Literal["socket", "http"] = "socket"
    """`socket`: the bot connects out and needs no public address. `http`: Slack calls the bot."""
    http_host: str = "127.0.0.1"
    """Address to listen on in mode `http`; put a TLS proxy in front of the bot."""
    http_port: int = 8080
    """Port to listen on in mode `http`."""
    api_url: str = "https://slack.com/api/"
    """Base address of Slack's Web API."""
    command: str = "/notebook"
    """The slash command, as in the app's manifest."""
    allowed_users: Words = ()
    """Slack user ids that may use the bot, or `everybody`: all members of the workspace."""
    allowed_groups: Words = ()
    """Slack user group ids whose members may use the bot."""
    admins: Words = ()
    """Slack user ids of the bot's admins."""
    admin_groups: Words = ()
    """Slack user group ids whose members are admins too."""
    approvers: Words = ()
    """Slack user ids of the approvers, who decide on requests beyond a member's limits. If
    `approver_groups` is empty too: the admins."""
    approver_groups: Words = ()
    """Slack user group ids whose members are approvers too."""
    admin_channel: str = ""
    """Slack channel id for the questions to approvers; invite the bot into the channel. Empty: a DM
    to each approver."""
    updates_per_minute: int = 45
    """Most message edits per minute; Slack allows about 50. Finished cards go before progress."""


@dataclass(frozen=True)
class AzureSettings(AzureConfig):
    """The section `azure`."""

    _words = field_validator("other_regions", mode="before")(_split)

    @field_validator("tags")
    @classmethod
    def _tags_that_azure_takes(cls, text: str) -> str:
        tags_in(text)
        return text

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


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix="NOTEBOOK_BOT_",
        env_nested_delimiter="__",
        env_file=".env",
        enable_decoding=False,
        extra="ignore",
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the places of settings; an earlier one decides."""
        env_file = getattr(dotenv_settings, "env_file", None)
        return (init_settings, *(source for _place, source in places(settings_cls, env_file)))

    @model_validator(mode="before")
    @classmethod
    def _durations_as_people_write_them(cls, tree: Any) -> Any:
        return with_durations(cls, tree)

    slack: SlackSettings = Field(default_factory=SlackSettings)
    azure: AzureSettings = Field(default_factory=AzureSettings)
    machine: MachineLayout = Field(default_factory=MachineLayout)
    idle: IdleSettings = Field(default_factory=IdleSettings)
    report: ReportSettings = Field(default_factory=ReportSettings)
    backup: BackupSettings = Field(default_factory=BackupSettings)
    tls: TlsSettings = Field(default_factory=TlsSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    git: GitSettings = Field(default_factory=GitSettings)
    database_url: str = "sqlite+aiosqlite:///notebook-bot.db"
    """Database of the servers and the engine's history: SQLite for one bot, or
    `postgresql+psycopg://...` for any number (`docs/several-processes.md`)."""
    installation: str = "default"
    """This installation's name, a tag on every resource. Give two bots in one subscription
    different names."""
    keys_dir: Path = Path("keys")
    """Folder of the installation's own key (mode 0700): its SSH identity and the seed of all
    host keys. Back the folder up with the database."""
    cache_dir: Path = Path("cache")
    """Folder for files that the bot downloads once for all machines (the installer uv, about
    18 MB for each kind of system, with this computer's pip settings). The bot fills an empty folder
    again."""
    reconcile: str = "*/10 * * * *"
    """When Azure is compared with the database: cron in UTC; a sixth field in front is seconds."""
    missing_after: timedelta = Policy.missing_after
    """Time for which Azure must not have shown a server's machine, in several comparisons, until
    the server becomes missing. Nothing is deleted then; its owner and the admins hear of it."""
    password_ttl: timedelta = Policy.password_ttl
    """Time until an unused one-time password expires."""
    copies_kept: timedelta = Policy.copies_kept
    """Longest time that `delete` may keep a snapshot of a server's disk, from which the server can
    be restored. 0: no snapshots. Azure charges for a snapshot until it is removed."""
    copies_sweep: str = "*/5 * * * *"
    """When expired snapshots are removed: cron in UTC; a sixth field in front is seconds."""
    servers_per_member: int = Policy.servers_per_member
    """Most servers of one member without an approver's consent. 0: no limit."""
    allowed_sizes: Words = Policy.allowed_sizes
    """VM sizes that members may choose. Empty: each platform's own list."""
    log_format: Literal["json", "text"] = "text"
    """`json`: one object per line, for log collectors. `text`: for people."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level of the lines that are written. `debug` shows no secrets either."""
    metrics_host: str = "127.0.0.1"
    """Address of `metrics_port`. Names of people and servers are not shown there."""
    metrics_port: int = 0
    """Port for `/metrics` (Prometheus), `/healthz` (the bot lives) and `/readyz` (Slack, database,
    Azure and the cleanup work: 200, else 503). 0: off."""
    local_socket: Path | None = None
    """Socket file by which `notebook-bot server ...` asks the running bot; only the bot's account
    and root may use it. Empty: `notebook-bot.socket` beside `keys_dir`."""
    ready_file: Path | None = None
    """A file that exists while the bot serves, for a supervisor's readiness check."""
    shutdown_seconds: float = 20.0
    """Seconds that running tasks and steps may take after SIGTERM.

    The next start continues the rest, or another process at once (on PostgreSQL).
    """

    @property
    def socket_file(self) -> Path:
        """The socket file of this bot's local address."""
        return self.local_socket or self.keys_dir.parent / "notebook-bot.socket"

    @property
    def open_ports(self) -> OpenPorts:
        """The ports that Azure's network rules open to the machines."""
        http = self.tls.http_port if self.tls.mode == "acme" else None
        return OpenPorts(self.machine.ssh_port, self.machine.https_port, http)


def has_approvers(settings: SlackSettings) -> bool:
    """Return whether the settings name an approver; admins approve where they name none."""
    return any(
        (settings.admins, settings.admin_groups, settings.approvers, settings.approver_groups)
    )

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
from pydantic.functional_validators import BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from provisioning.core.model.hours import WorkingHours
from provisioning.servers.choices import plain_region


def _split(value: object) -> object:
    """Lists in the environment are words with commas or spaces between them."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


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


class AzureSettings(BaseModel):
    """The subscription, and the identity that works in it."""

    tenant_id: str = ""
    """The Microsoft Entra tenant of the service principal. Empty: the machine's own identity."""
    client_id: str = ""
    """The service principal's application id."""
    client_secret: SecretStr = SecretStr("")
    """The service principal's secret. Empty: DefaultAzureCredential (managed identity, CLI)."""
    subscription_id: str = ""
    """The subscription that pays."""
    resource_group: str = "notebook-bot"
    """The group that holds all servers; made if it is missing. Use one for each installation."""
    region: str = "westeurope"
    """Where servers are made, as `az account list-locations -o table` names it."""
    other_regions: Words = ()
    """Further regions that members may choose, and are offered where the first one refuses. Each
    gets a network of its own in the resource group."""
    management_url: str = "https://management.azure.com"
    """Azure Resource Manager."""
    authority: str = "https://login.microsoftonline.com"
    """Microsoft Entra."""
    prices_url: str = "https://prices.azure.com/api/retail/prices"
    """The retail price list."""
    ca_file: Path | None = None
    """A PEM file of the authorities to trust instead of the system's, for private clouds."""
    poll_seconds: float = 1.0
    """Seconds between two looks at a running operation, and the most that a
    Retry-After of the cloud is honoured there (the SDK's own default is 30)."""
    ssh_source: str = "*"
    """Address range that may reach the machines' SSH; narrow it to the bot's own address
    where members need no SSH of their own (`/notebook connect` gives it to them)."""
    vnet_prefix: str = "10.83.0.0/16"
    """Address range of the deployment's virtual network, the same in each region: these networks
    don't know each other."""

    @field_validator("region")
    @classmethod
    def _region_as_azure_writes_it(cls, name: str) -> str:
        return plain_region(name)

    @field_validator("other_regions")
    @classmethod
    def _each_region_once(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        first = info.data.get("region")
        return tuple(dict.fromkeys(each for each in map(plain_region, names) if each != first))


class MachineSettings(BaseModel):
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


class IdleSettings(BaseModel):
    """When a server that nobody uses is stopped, and when a stopped one is deleted. Zero
    switches a rule off."""

    after: timedelta = timedelta(hours=1)
    """How long neither work nor a person must have been seen before the owner is warned."""
    after_in_working_hours: timedelta = timedelta(hours=2)
    """The same in working hours."""
    working_hours: str = "mon-fri 9-18"
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
    sweep: str = "* * * * *"
    """When servers that are due are looked at: cron in UTC, with seconds first if six fields."""
    look_every: timedelta = timedelta(minutes=5)
    """How often a running server is looked at."""
    look_budget: float = 10.0
    """Seconds that a look at one machine may take."""
    looks_at_once: int = 32
    """Most looks at the same time."""

    @field_validator("working_hours")
    @classmethod
    def _understood(cls, text: str) -> str:
        WorkingHours.parse(text)
        return text


class LimitSettings(BaseModel):
    """What one member may have without asking an approver, and what all may have together. 0 is
    no limit. A server counts until it is deleted; a month is 30 days of 8 hours."""

    cores_per_member: int = Field(default=0, ge=0)
    """Most cores of one member's servers."""
    cost_per_member: Decimal = Field(default=Decimal(0), ge=0)
    """Most US dollars a month of one member's servers."""
    servers: int = Field(default=0, ge=0)
    """Most servers of all members together; nobody can approve more."""
    cores: int = Field(default=0, ge=0)
    """Most cores of all servers together."""
    cost: Decimal = Field(default=Decimal(0), ge=0)
    """Most US dollars a month of all servers together."""
    gpus: bool = False
    """Whether members may choose the platforms' sizes with a GPU (`create --gpu`)."""
    approval_ttl: timedelta = timedelta(days=3)
    """How long a creation beyond a member's limits waits for an approver. 0: it is refused."""


class GitSettings(BaseModel):
    """Public repositories that a new server may begin with."""

    hosts: Words = ()
    """The only hosts that repositories may be cloned from. Empty: any that the servers reach."""
    ca_file: Path | None = None
    """PEM of the authorities by which those hosts are trusted, instead of the machines' own."""


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
        extra="ignore",
    )

    slack: SlackSettings = Field(default_factory=SlackSettings)
    azure: AzureSettings = Field(default_factory=AzureSettings)
    machine: MachineSettings = Field(default_factory=MachineSettings)
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
    password_ttl: timedelta = timedelta(hours=24)
    """How long a one-time password may wait to be used."""
    copies_kept: timedelta = timedelta(days=7)
    """For how long `delete` may keep a copy of a server's disk, so that it can be undone. 0: never.
    A copy costs something until then: Azure's price of a snapshot of the disk."""
    copies_sweep: str = "*/5 * * * *"
    """When copies whose time is over are removed: cron in UTC, with seconds first if six fields."""
    servers_per_member: int = 3
    """Most live servers of one member without an approver's word; 0 is no limit."""
    allowed_sizes: Words = ()
    """VM sizes that members may choose. Empty: the platform's own list."""
    log_format: Literal["json", "text"] = "text"
    """`json`: one object a line, for collectors. `text`: for people."""
    metrics_port: int = 0
    """Port on loopback for Prometheus at `/metrics`; 0 is off."""
    ready_file: Path | None = None
    """A file that exists while the bot serves, for whatever watches over it."""
    shutdown_seconds: float = 20.0
    """How long tasks in flight may take at SIGTERM before they are left to the restart."""


def somebody_approves(settings: SlackSettings) -> bool:
    """Whether the settings name anybody who decides about what is beyond a member's limits."""
    return any(
        (settings.admins, settings.admin_groups, settings.approvers, settings.approver_groups)
    )

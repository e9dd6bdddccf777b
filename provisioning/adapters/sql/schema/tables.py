"""The tables. A test compares Alembic's migrations with them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Time,
    false,
    text,
)

from provisioning.adapters.sql.schema.columns import EnumValue, Largest, Moment, Money, Said
from provisioning.adapters.sql.schema.interactions import (
    interactions as interactions,  # noqa: PLC0414
)
from provisioning.adapters.sql.schema.metadata import metadata as metadata  # noqa: PLC0414
from provisioning.adapters.sql.schema.processes import processes as processes  # noqa: PLC0414
from provisioning.adapters.sql.schema.processes import schedules as schedules  # noqa: PLC0414
from provisioning.core.model.people import Standing
from provisioning.core.model.server import Stage, Status

servers = Table(
    "servers",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("owner", String(40), nullable=False, index=True),
    Column("owner_name", String(200), nullable=False),
    Column("platform", String(40), nullable=False),
    Column("size", String(60), nullable=False),
    Column("region", String(60), nullable=False),
    Column("status", EnumValue(Status), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("request_key", String(200), nullable=False, unique=True),
    Column("generation", Integer, nullable=False),
    Column("stage", EnumValue(Stage), nullable=False),
    Column("stage_detail", Text, nullable=False),
    Column("price_per_hour", Money),
    Column("url", Text, nullable=False),
    Column("address", String(60), nullable=False),
    Column("certificate_sha256", String(100), nullable=False),
    Column("failure", Said, nullable=False),
    Column("failure_code", String(100), nullable=False),
    Column("card_channel", String(40), nullable=False),
    Column("card_ts", String(40), nullable=False),
    Column("newer_card", Boolean, nullable=False, server_default=false()),
    Column("release", String(40), nullable=False, server_default=""),
    Column("host_key_generation", Integer, nullable=False, server_default="0"),
    Column("tls", String(20), nullable=False, server_default="self-signed"),
    Column("tls_reason", Said, nullable=False, server_default=""),
    Column("ready_at", Moment),
    Column("stopped_at", Moment),
    Column("ended_at", Moment),
    Column("password_expires_at", Moment),
    Column("people_version", Integer, nullable=False, server_default="0"),
    Column("people_applied", Integer, nullable=False, server_default="0"),
    Column("packages", Text, nullable=False, server_default=""),
    Column("packages_applied", Text, nullable=False, server_default=""),
    Column("repository", Text, nullable=False, server_default=""),
    Column("repository_failure", Said, nullable=False, server_default=""),
    Column("keep_seconds", Integer, nullable=False, server_default="0"),
    Column("copy", String(20), nullable=False, server_default=""),
    Column("copy_until", Moment),
    Column("password_shown_at", Moment),
    Column("password_used_at", Moment),
    Column("wished_size", String(60), nullable=False, server_default=""),
    Column("wished_price", Money),
    Column("elsewhere", Text, nullable=False, server_default=""),
    Column("failure_job", String(40), nullable=False, server_default=""),
    Column("remains_job", String(40), nullable=False, server_default=""),
    Column("remains_reason", Said, nullable=False, server_default=""),
    Column("absent_since", Moment),
    Column("absent_looks", Integer),
    Column("absent_disk", Boolean),
    Column("closed_at", Moment),
    Column("disk_gb", Integer, nullable=False, server_default="0"),
    Column("wished_disk", Integer, nullable=False, server_default="0"),
    Column("disk_size", BigInteger),
    Column("disk_used", BigInteger),
    Column("disk_free", BigInteger),
    Column("disk_largest", Largest),
    Column("disk_warned_at", Moment),
    Column("disk_warned_level", Integer),
    Column("disk_warned", Boolean),
    Column("machine_version", String(20), nullable=False, server_default=""),
    Column("update_round", String(80), nullable=False, server_default=""),
    Column("outage_since", Moment),
    Column("outage_until", Moment),
    Column("outage_log", Text, nullable=False, server_default=""),
    Column("disk_price", Money),
    Column("awaited", Boolean, nullable=False, server_default=false()),
)

_LIVE = text("status not in ('deleted', 'failed')")

# A name belongs to one live server; an ended server frees its name.
Index(
    "uq_servers_live_name",
    servers.c.name,
    unique=True,
    sqlite_where=_LIVE,
    postgresql_where=_LIVE,
)

shares = Table(
    "shares",
    metadata,
    Column("server_id", String(20), ForeignKey("servers.id"), primary_key=True),
    Column("member", String(40), primary_key=True, index=True),
    Column("member_name", String(200), nullable=False),
    Column("since", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("password_sent_at", Moment),
    Column("card_channel", String(40), nullable=False),
    Column("card_ts", String(40), nullable=False),
)

# Work that no status of a server requests; `id` is the id of its workflow in the engine's history.
due_work = Table(
    "due_work",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("server_id", String(20), ForeignKey("servers.id"), nullable=False, index=True),
    Column("job", String(40), nullable=False),
)

member_keys = Table(
    "member_keys",
    metadata,
    Column("member", String(40), primary_key=True),
    Column("fingerprint", String(60), primary_key=True),
    Column("line", Text, nullable=False),
    Column("name", String(100), nullable=False),
    Column("added_at", Moment, nullable=False),
)

# Members who have left, with what their departure ended.
departures = Table(
    "departures",
    metadata,
    Column("member", String(40), primary_key=True),
    Column("left_at", Moment, nullable=False),
    Column("cause", EnumValue(Standing), nullable=False),
    Column("shares", Text, nullable=False),
    Column("keys", Integer, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("actor", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("server_id", String(20), index=True),
    Column("result", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    # The server after the change, if the event is of one: for `provisioning.usage.ledger`.
    Column("status", EnumValue(Status)),
    Column("owner", String(40), index=True),
    Column("size", String(60)),
    Column("price_per_hour", Money),
    Column("disk_price", Money),
)

members = Table(
    "members",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
)

# A member's own settings; no row means all defaults.
member_settings = Table(
    "member_settings",
    metadata,
    Column("user_id", String(40), primary_key=True),
    Column("language", String(20)),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
    Column("idle_minutes", Integer),
)

# Messages that wait for the end of a member's quiet hours.
held_messages = Table(
    "held_messages",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("due_at", Moment, nullable=False, index=True),
    Column("server_id", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("blocks", Text, nullable=False),
)

# For the cleanup: one row for each server.
watches = Table(
    "watches",
    metadata,
    Column("server_id", String(20), ForeignKey("servers.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("next_look_at", Moment, nullable=False, index=True),
    # A `provisioning.idle.history.History` as JSON: read and written whole.
    Column("history", Text, nullable=False),
    Column("notice_channel", String(40), nullable=False),
    Column("notice_ts", String(40), nullable=False),
    Column("ended_by", String(40), nullable=False),
    Column("end_told", Boolean, nullable=False),
    # The owner's settings for this server: hours and idle time; null means the defaults.
    Column("schedule", String(60), nullable=False, server_default=""),
    Column("idle_minutes", Integer),
)

# The use of servers between probes: see `provisioning.core.model.activity`.
uses = Table(
    "uses",
    metadata,
    Column("server_id", String(20), ForeignKey("servers.id"), primary_key=True),
    Column("until", Moment, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("use", String(20), nullable=False),
)

# Messages that are posted once, by key; `told_at` is null until a message is posted.
tellings = Table(
    "tellings",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("claimed_at", Moment, nullable=False),
    Column("told_at", Moment),
)

# Orphans, so that admins are notified of each once.
findings = Table(
    "findings",
    metadata,
    Column("server_id", String(40), primary_key=True),
    Column("first_seen_at", Moment, nullable=False),
    Column("told_at", Moment),
)

# A member's own limits, set by an admin; null means the installation's limit.
member_limits = Table(
    "member_limits",
    metadata,
    Column("member", String(40), primary_key=True),
    Column("servers", Integer),
    Column("cores", Integer),
    Column("cost", Money),
    Column("sizes", Text),
    Column("regions", Text),
    Column("lifetime_seconds", Integer),
)

# Creations beyond a member's limits, with the approvers' decisions.
approvals = Table(
    "approvals",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("asker", String(40), nullable=False),
    Column("request_key", String(200), nullable=False, unique=True),
    # A `provisioning.core.model.request.CreateRequest` as JSON: read and written whole.
    Column("request", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("price_per_hour", Money),
    Column("region", String(60), nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("decided_by", String(40), nullable=False),
    Column("decided_at", Moment),
    Column("reason", Text, nullable=False),
    Column("server_id", String(20), nullable=False),
    Column("told", String(20), nullable=False),
    Column("places", Text, nullable=False),
    Column("asker_channel", String(40), nullable=False),
    Column("asker_ts", String(40), nullable=False),
)

# Where and with which keys this database's servers were made: one row.
installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscription", String(100), nullable=False),
    Column("resource_group", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("keys", String(64), nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
)

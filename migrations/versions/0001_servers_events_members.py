"""Create the tables of servers, audit events and members."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LIVE = sa.text("status not in ('deleted', 'failed')")


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("server_id", sa.String(length=20), nullable=True),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_at"), "events", ["at"], unique=False)
    op.create_index(op.f("ix_events_server_id"), "events", ["server_id"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_table(
        "servers",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("owner_name", sa.String(length=200), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("size", sa.String(length=60), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_key", sa.String(length=200), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("stage_detail", sa.Text(), nullable=False),
        sa.Column("price_per_hour", sa.String(length=32), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=100), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.String(length=100), nullable=False),
        sa.Column("card_channel", sa.String(length=40), nullable=False),
        sa.Column("card_ts", sa.String(length=40), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servers")),
        sa.UniqueConstraint("request_key", name=op.f("uq_servers_request_key")),
    )
    op.create_index(op.f("ix_servers_owner"), "servers", ["owner"], unique=False)
    op.create_index(op.f("ix_servers_status"), "servers", ["status"], unique=False)
    op.create_index(
        "uq_servers_live_name",
        "servers",
        ["name"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_index(
        "uq_servers_live_name", table_name="servers", sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.drop_index(op.f("ix_servers_status"), table_name="servers")
    op.drop_index(op.f("ix_servers_owner"), table_name="servers")
    op.drop_table("servers")
    op.drop_table("members")
    op.drop_index(op.f("ix_events_server_id"), table_name="events")
    op.drop_index(op.f("ix_events_at"), table_name="events")
    op.drop_table("events")

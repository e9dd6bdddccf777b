"""Add a server's values to its events; create the tables of its uses and of sent notifications."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0013"
branch_labels = None
depends_on = None

_OF_THE_SERVER = (
    ("status", sa.String(20)),
    ("owner", sa.String(40)),
    ("size", sa.String(60)),
    ("price_per_hour", sa.String(32)),
)


def upgrade() -> None:
    """Upgrade the database by this version."""
    for name, kind in _OF_THE_SERVER:
        op.add_column("events", sa.Column(name, kind))
    op.create_index("ix_events_owner", "events", ["owner"])
    op.create_table(
        "uses",
        sa.Column("server_id", sa.String(20), sa.ForeignKey("servers.id"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("use", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("server_id", "until", name="pk_uses"),
    )
    op.create_table(
        "tellings",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("key", name="pk_tellings"),
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_table("tellings")
    op.drop_table("uses")
    op.drop_index("ix_events_owner", "events")
    for name, _ in _OF_THE_SERVER:
        op.drop_column("events", name)

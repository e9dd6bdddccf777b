"""Add limits per member, creations that wait for an approver, and more options of a new server."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    for name in ("repository", "repository_failure"):
        op.add_column("servers", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "servers", sa.Column("keep_seconds", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "member_limits",
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("servers", sa.Integer(), nullable=True),
        sa.Column("cores", sa.Integer(), nullable=True),
        sa.Column("cost", sa.String(length=32), nullable=True),
        sa.Column("sizes", sa.Text(), nullable=True),
        sa.Column("regions", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_member_limits")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("asker", sa.String(length=40), nullable=False),
        sa.Column("request_key", sa.String(length=200), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price_per_hour", sa.String(length=32), nullable=True),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("server_id", sa.String(length=20), nullable=False),
        sa.Column("told", sa.String(length=20), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("asker_channel", sa.String(length=40), nullable=False),
        sa.Column("asker_ts", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("request_key", name=op.f("uq_approvals_request_key")),
    )
    op.create_index(op.f("ix_approvals_status"), "approvals", ["status"], unique=False)


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_table("approvals")
    op.drop_table("member_limits")
    for name in ("repository", "repository_failure", "keep_seconds"):
        op.drop_column("servers", name)

"""Create the tables of the cleanup's state per server and of findings in the cloud."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.create_table(
        "watches",
        sa.Column("server_id", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("notice_channel", sa.String(length=40), nullable=False),
        sa.Column("notice_ts", sa.String(length=40), nullable=False),
        sa.Column("ended_by", sa.String(length=40), nullable=False),
        sa.Column("end_told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"]),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_watches")),
    )
    op.create_index(op.f("ix_watches_next_look_at"), "watches", ["next_look_at"], unique=False)
    op.create_table(
        "findings",
        sa.Column("server_id", sa.String(length=40), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_findings")),
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_table("findings")
    op.drop_index(op.f("ix_watches_next_look_at"), table_name="watches")
    op.drop_table("watches")

"""Add the processes that share the work on PostgreSQL, and the latest tick of each schedule."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.create_table(
        "processes",
        sa.Column("executor_id", sa.String(40), nullable=False),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_processes"),
    )
    op.create_table(
        "schedules",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("tick", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_schedules"),
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_table("schedules")
    op.drop_table("processes")

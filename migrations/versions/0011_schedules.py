"""Add a server's running hours, and the idle time after which it stops."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    schedule = sa.Column("schedule", sa.String(60), nullable=False, server_default="")
    op.add_column("watches", schedule)
    op.add_column("watches", sa.Column("idle_minutes", sa.Integer()))


def downgrade() -> None:
    """Downgrade the database by this version."""
    for name in ("schedule", "idle_minutes"):
        op.drop_column("watches", name)

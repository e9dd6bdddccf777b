"""In which hours an owner wants a server to run, and after how long without use it stops."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    schedule = sa.Column("schedule", sa.String(60), nullable=False, server_default="")
    op.add_column("watches", schedule)
    op.add_column("watches", sa.Column("idle_minutes", sa.Integer()))


def downgrade() -> None:
    """Go one version back."""
    for name in ("schedule", "idle_minutes"):
        op.drop_column("watches", name)

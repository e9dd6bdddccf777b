"""Add the packages that an owner has requested, and those that the machine has."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    for name in ("packages", "packages_applied"):
        op.add_column("servers", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Downgrade the database by this version."""
    for name in ("packages", "packages_applied"):
        op.drop_column("servers", name)

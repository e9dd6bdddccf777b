"""Add a server's release of its platform; empty is the platform's default release."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.add_column(
        "servers", sa.Column("release", sa.String(length=40), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_column("servers", "release")

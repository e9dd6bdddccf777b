"""Add whether a member waits for the end of a server's present state."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.add_column(
        "servers", sa.Column("awaited", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_column("servers", "awaited")

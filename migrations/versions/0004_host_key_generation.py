"""Add the generation of the host key that a server's machine has; 0 is the planted key."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.add_column(
        "servers",
        sa.Column("host_key_generation", sa.Integer(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_column("servers", "host_key_generation")

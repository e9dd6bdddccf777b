"""Add whether a newer card of a server may have been posted."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.add_column(
        "servers",
        sa.Column("newer_card", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_column("servers", "newer_card")

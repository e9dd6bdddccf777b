"""Add other regions for a server that could not be created, and server lifetimes per member."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.add_column("servers", sa.Column("elsewhere", sa.Text(), nullable=False, server_default=""))
    op.add_column("member_limits", sa.Column("lifetime_seconds", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_column("member_limits", "lifetime_seconds")
    op.drop_column("servers", "elsewhere")

"""Which of a server's host keys the machine was seen to have; 0 is the planted one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    op.add_column(
        "servers",
        sa.Column("host_key_generation", sa.Integer(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    """Go one version back."""
    op.drop_column("servers", "host_key_generation")

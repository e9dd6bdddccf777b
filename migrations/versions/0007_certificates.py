"""Add the origin of a server's certificate, and why it is not the requested one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.add_column(
        "servers",
        sa.Column("tls", sa.String(length=20), nullable=False, server_default="self-signed"),
    )
    op.add_column("servers", sa.Column("tls_reason", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_column("servers", "tls_reason")
    op.drop_column("servers", "tls")

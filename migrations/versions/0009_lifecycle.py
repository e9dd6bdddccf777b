"""Add the snapshot of a deleted server, the use of a one-time password, and a requested size."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENTS = ("copy_until", "password_shown_at", "password_used_at")


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.add_column("servers", sa.Column("copy", sa.String(20), nullable=False, server_default=""))
    op.add_column(
        "servers", sa.Column("wished_size", sa.String(60), nullable=False, server_default="")
    )
    op.add_column("servers", sa.Column("wished_price", sa.String(32)))
    for name in _MOMENTS:
        op.add_column("servers", sa.Column(name, sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_column("servers", "wished_price")
    op.drop_column("servers", "wished_size")
    for name in _MOMENTS:
        op.drop_column("servers", name)
    op.drop_column("servers", "copy")

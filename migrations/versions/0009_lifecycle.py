"""The copy of a deleted server's disk; a one-time password on a card and its use; another size."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENTS = ("copy_until", "password_shown_at", "password_used_at")


def upgrade() -> None:
    """Go one version up."""
    op.add_column("servers", sa.Column("copy", sa.String(20), nullable=False, server_default=""))
    op.add_column(
        "servers", sa.Column("wished_size", sa.String(60), nullable=False, server_default="")
    )
    op.add_column("servers", sa.Column("wished_price", sa.String(32)))
    for name in _MOMENTS:
        op.add_column("servers", sa.Column(name, sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Go one version back."""
    op.drop_column("servers", "wished_price")
    op.drop_column("servers", "wished_size")
    for name in _MOMENTS:
        op.drop_column("servers", name)
    op.drop_column("servers", "copy")

"""The copy of a deleted server's disk, and until when it is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    op.add_column("servers", sa.Column("copy", sa.String(20), nullable=False, server_default=""))
    op.add_column("servers", sa.Column("copy_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Go one version back."""
    op.drop_column("servers", "copy_until")
    op.drop_column("servers", "copy")

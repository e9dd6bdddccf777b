"""Which release of its platform a server has; empty: the platform's default one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    op.add_column(
        "servers", sa.Column("release", sa.String(length=40), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Go one version back."""
    op.drop_column("servers", "release")

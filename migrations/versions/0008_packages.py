"""Which packages an owner wants on a server, and which its machine has."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    for name in ("packages", "packages_applied"):
        op.add_column("servers", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Go one version back."""
    for name in ("packages", "packages_applied"):
        op.drop_column("servers", name)

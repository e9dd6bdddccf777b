"""Add the price of a server's disk to its row and to the audit trail."""

import sqlalchemy as sa
from alembic import op

from provisioning.adapters.sql.schema.columns import Money

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    for table in ("servers", "events"):
        op.add_column(table, sa.Column("disk_price", Money()))


def downgrade() -> None:
    """Downgrade the database by this version."""
    for table in ("events", "servers"):
        op.drop_column(table, "disk_price")

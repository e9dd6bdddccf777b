"""Add the time for which Azure has not shown a server's machine."""

import sqlalchemy as sa
from alembic import op

from provisioning.adapters.sql.schema.columns import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.add_column("servers", sa.Column("absent_since", Moment(), nullable=True))
    op.add_column("servers", sa.Column("absent_looks", sa.Integer(), nullable=True))
    op.add_column("servers", sa.Column("absent_disk", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_column("servers", "absent_disk")
    op.drop_column("servers", "absent_looks")
    op.drop_column("servers", "absent_since")

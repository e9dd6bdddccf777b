"""Add the disk of a server: its size, how full it is, and what its owner was told about it."""

import sqlalchemy as sa
from alembic import op

from provisioning.adapters.sql.schema.columns import Largest, Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("disk_gb", sa.Integer(), "0"),
    ("wished_disk", sa.Integer(), "0"),
    ("disk_size", sa.BigInteger(), None),
    ("disk_used", sa.BigInteger(), None),
    ("disk_free", sa.BigInteger(), None),
    ("disk_largest", Largest(), None),
    ("disk_warned_at", Moment(), None),
    ("disk_warned_level", sa.Integer(), None),
    ("disk_warned", sa.Boolean(), None),
)


def upgrade() -> None:
    """Upgrade the database by this version."""
    for name, kind, default in _COLUMNS:
        column = sa.Column(name, kind, nullable=default is None, server_default=default)
        op.add_column("servers", column)


def downgrade() -> None:
    """Downgrade the database by this version."""
    for name, _kind, _default in reversed(_COLUMNS):
        op.drop_column("servers", name)

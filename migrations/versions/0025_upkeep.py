"""Add a server's version, the round of updates that is to reach it, and its outage."""

import sqlalchemy as sa
from alembic import op

from provisioning.adapters.sql.schema.columns import Moment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("machine_version", sa.String(20), ""),
    ("update_round", sa.String(80), ""),
    ("outage_since", Moment(), None),
    ("outage_until", Moment(), None),
    ("outage_log", sa.Text(), ""),
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

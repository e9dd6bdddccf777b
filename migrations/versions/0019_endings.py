"""Add which request of a server failed, and what a failed request has left behind."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("failure_job", sa.String(40)),
    ("remains_job", sa.String(40)),
    ("remains_reason", sa.Text()),
)


def upgrade() -> None:
    """Upgrade the database by this version."""
    for name, kind in _COLUMNS:
        op.add_column("servers", sa.Column(name, kind, nullable=False, server_default=""))


def downgrade() -> None:
    """Downgrade the database by this version."""
    for name, _kind in reversed(_COLUMNS):
        op.drop_column("servers", name)

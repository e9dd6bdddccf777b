"""Where else a server that failed could have been made, and members' own lifetimes of servers."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one version up."""
    op.add_column("servers", sa.Column("elsewhere", sa.Text(), nullable=False, server_default=""))
    op.add_column("member_limits", sa.Column("lifetime_seconds", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Go one version back."""
    op.drop_column("member_limits", "lifetime_seconds")
    op.drop_column("servers", "elsewhere")

"""Add the work that is due until its workflow has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.create_table(
        "due_work",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("server_id", sa.String(20), nullable=False),
        sa.Column("job", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_due_work"),
    )
    op.create_index("ix_due_work_server_id", "due_work", ["server_id"])


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_index("ix_due_work_server_id", "due_work")
    op.drop_table("due_work")

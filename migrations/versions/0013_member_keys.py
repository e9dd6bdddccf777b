"""Create the table of members' public SSH keys."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.create_table(
        "member_keys",
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=60), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member", "fingerprint", name="pk_member_keys"),
    )


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_table("member_keys")

"""Create the table of shares, and add the version of the access list that a machine has."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    for name in ("people_version", "people_applied"):
        op.add_column("servers", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "shares",
        sa.Column("server_id", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("member_name", sa.String(length=200), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("card_channel", sa.String(length=40), nullable=False),
        sa.Column("card_ts", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"]),
        sa.PrimaryKeyConstraint("server_id", "member", name="pk_shares"),
    )
    op.create_index("ix_shares_member", "shares", ["member"])


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_table("shares")
    for name in ("people_version", "people_applied"):
        op.drop_column("servers", name)

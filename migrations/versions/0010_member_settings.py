"""Create the tables of member settings and of messages that wait for the end of quiet hours."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade the database by this version."""
    op.create_table(
        "member_settings",
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("language", sa.String(20)),
        sa.Column("quiet_from", sa.Time()),
        sa.Column("quiet_until", sa.Time()),
        sa.Column("idle_minutes", sa.Integer()),
        sa.PrimaryKeyConstraint("user_id", name="pk_member_settings"),
    )
    op.create_table(
        "held_messages",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("server_id", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("blocks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_held_messages"),
    )
    op.create_index("ix_held_messages_due_at", "held_messages", ["due_at"])


def downgrade() -> None:
    """Downgrade the database by this version."""
    op.drop_table("held_messages")
    op.drop_table("member_settings")

"""Each plan's refusals, what removed plans posted, and what the next looks were computed from.

The registered commands are not stored any more: the bot asks Discord for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and two tables, and drop one."""
    op.drop_table("registrations")
    for count in ("refusals", "missing"):
        op.add_column("plans", sa.Column(count, sa.Integer(), nullable=False, server_default="0"))
    for instant in ("refused_since", "refused_at", "missing_at"):
        op.add_column("plans", sa.Column(instant, sa.DateTime(), nullable=True))
    op.create_table(
        "removed_posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("board", sa.String(100), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_removed_posts"),
    )
    op.create_index("ix_removed_posts_channel_id_board", "removed_posts", ["channel_id", "board"])
    op.create_table(
        "reckonings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone_rules", sa.String(32), nullable=False),
        sa.Column("clock", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reckonings"),
    )

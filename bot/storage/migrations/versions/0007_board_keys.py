"""Boards whose texts are too long for a control, by the short key that the control carries."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table. Earlier versions do not need it."""
    op.create_table(
        "board_keys",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_board_keys"),
    )

"""Which key each request to OpenRouter was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; requests from before it were made with nobody knows which key."""
    op.add_column("attempts", sa.Column("key_fingerprint", sa.String(16), nullable=True))

"""The API key that each request to OpenRouter was made with, as a fingerprint."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it is empty for earlier requests, whose key is unknown."""
    op.add_column("attempts", sa.Column("key_fingerprint", sa.String(16), nullable=True))

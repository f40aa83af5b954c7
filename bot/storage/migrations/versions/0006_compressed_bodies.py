"""Compressed bodies of snapshots, and whether the time of their fetch is known."""

import zlib

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OLDEST_CODE = "0.3.0"
"""Earlier versions cannot read compressed bodies."""

LEVEL = 9


def upgrade() -> None:
    """Add the columns, compress every body in place, and refuse earlier versions from now on."""
    op.add_column("snapshots", sa.Column("encoding", sa.String(16), nullable=False, server_default="identity"))
    op.add_column("snapshots", sa.Column("fetched_at_known", sa.Boolean(), nullable=False, server_default=sa.true()))
    _compress_bodies()
    compatibility = sa.table("compatibility", sa.column("oldest_code", sa.String()))
    op.execute(compatibility.update().values(oldest_code=OLDEST_CODE))


def _compress_bodies() -> None:
    """One row at a time, because all bodies together may not fit into memory."""
    snapshots = sa.table(
        "snapshots",
        sa.column("id", sa.Integer()),
        sa.column("body", sa.LargeBinary()),
        sa.column("encoding", sa.String()),
    )
    connection = op.get_bind()
    for row_id in connection.execute(sa.select(snapshots.c.id)).scalars().all():
        this = snapshots.c.id == row_id
        body = connection.execute(sa.select(snapshots.c.body).where(this)).scalar_one()
        packed = zlib.compress(body, LEVEL)
        connection.execute(snapshots.update().where(this).values(body=packed, encoding="zlib"))

"""The tables, as they are after the last migration."""

from datetime import UTC, datetime

import sqlalchemy as sa


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An instant: aware UTC outside of the database, UTC without a zone inside, alike on every database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Refuse an instant without a zone, as it could mean anything."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("window", sa.String(16), nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("fetched_at", UTCDateTime, nullable=False),
    sa.Column("checked_at", UTCDateTime, nullable=False),
    sa.UniqueConstraint("window", "as_of", "sha256"),
)
"""Every answer as received; the same `as_of` with another hash is a revision, `checked_at` when it came last."""

catalogs = sa.Table(
    "catalogs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("names", sa.JSON, nullable=False),
    sa.Column("asked_at", UTCDateTime, nullable=False),
)
"""One row: the display names of models by `canonical_slug`."""

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False, index=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("not_before", UTCDateTime),
)
"""The quota ledger: every request to OpenRouter, entered before it is made."""

registrations = sa.Table(
    "registrations",
    metadata,
    sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sha256", sa.String(64), nullable=False),
)
"""The hash of the commands that an application registered last."""

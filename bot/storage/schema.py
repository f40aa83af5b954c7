"""The tables in the state after the last migration."""

from datetime import UTC, datetime

import sqlalchemy as sa

REVISION = "0007"
"""The revision of the last migration."""

OLDEST_CODE = "0.3.0"
"""The oldest version of the bot that can use the tables in this state."""


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An instant: aware UTC in Python, and naive UTC in every database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Convert to naive UTC; raise ValueError for an instant without a zone, which could mean anything."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Add the zone UTC."""
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
    sa.Column("encoding", sa.String(16), nullable=False, server_default="identity"),
    sa.Column("fetched_at_known", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.UniqueConstraint("window", "as_of", "sha256"),
)
"""Every answer, its bytes encoded as `encoding` says; `sha256` is the hash of the bytes as received.

The same `as_of` with another hash is a revision; `checked_at` is when it last came. If an imported answer's time is
unknown, `fetched_at_known` is false, and both instants are the latest at which it can have been fetched.
"""

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
    sa.Column("key_fingerprint", sa.String(16)),
)
"""The quota ledger: every request to OpenRouter, recorded before it is made, and a fingerprint of its API key."""

NOT_ENDED = sa.text("state != 'ended'")

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("board", sa.Text, nullable=False),
    sa.Column("time", sa.Time),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("days", sa.String(16), nullable=False),
    sa.Column("mention_role_id", sa.BigInteger),
    sa.Column("silent", sa.Boolean, nullable=False),
    sa.Column("publish", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("problem", sa.String(300)),
    sa.Column("problem_code", sa.String(32)),
    sa.Column("problem_parameters", sa.JSON),
    sa.Column("last_result", sa.String(300)),
    sa.Column("result_code", sa.String(32)),
    sa.Column("result_parameters", sa.JSON),
    sa.Column("last_message_id", sa.BigInteger),
    sa.Column("last_channel_id", sa.BigInteger),
    sa.Column("since", UTCDateTime, nullable=False),
    sa.Column("settled", UTCDateTime),
    sa.Column("posted", sa.Date),
    sa.Column("look_at", UTCDateTime, nullable=False),
    sa.Column("waits_for_data", sa.Boolean, nullable=False),
    sa.Column("ended_at", UTCDateTime),
    sa.Column("refusals", sa.Integer, nullable=False, server_default="0"),
    sa.Column("refused_since", UTCDateTime),
    sa.Column("refused_at", UTCDateTime),
    sa.Column("missing", sa.Integer, nullable=False, server_default="0"),
    sa.Column("missing_at", UTCDateTime),
    sa.Index("ix_plans_state_look_at", "state", "look_at"),
    sa.Index(
        "uq_plans_channel_id_board",
        "channel_id",
        "board",
        unique=True,
        sqlite_where=NOT_ENDED,
    ),
    sqlite_autoincrement=True,
)
"""What is posted where and when; `look_at` is when the poster next looks at the plan.

`problem` and `last_result` are the sentences of 0.1.0. Nothing reads or writes them any more.
"""

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "plan_id", sa.Integer, sa.ForeignKey("plans.id", ondelete="CASCADE", name="fk_posts_plan_id"), nullable=False
    ),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("board", sa.Text, nullable=False),
    sa.Column("mention_role_id", sa.BigInteger),
    sa.Column("silent", sa.Boolean, nullable=False),
    sa.Column("publish", sa.Boolean, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("instant", UTCDateTime, nullable=False),
    sa.Column("closes_at", UTCDateTime, nullable=False),
    sa.Column("nonce", sa.String(25), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_claimed_at", UTCDateTime, nullable=False),
    sa.Column("claimed_at", UTCDateTime, nullable=False),
    sa.Column("attempted_at", UTCDateTime, nullable=False),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("result_code", sa.String(32)),
    sa.Column("result_parameters", sa.JSON),
    sa.UniqueConstraint("plan_id", "as_of"),
)
"""The outbox: a row is written before the request is made, and holds what is sent where, and the result."""

removed_posts = sa.Table(
    "removed_posts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("board", sa.Text, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("removed_at", UTCDateTime, nullable=False),
    sa.Index("ix_removed_posts_channel_id_board", "channel_id", "board"),
)
"""What removed plans posted, kept for 3 days so that a new plan does not post it again."""

board_keys = sa.Table(
    "board_keys",
    metadata,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("board", sa.Text, nullable=False),
    sa.Column("saved_at", UTCDateTime, nullable=False),
)
"""Boards whose texts are too long for a control, by the short key that the control carries; `saved_at` is the last time."""

schedule_basis = sa.Table(
    "schedule_basis",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("zone_rules", sa.String(32), nullable=False),
    sa.Column("clock", UTCDateTime, nullable=False),
)
"""One row: what each plan's `look_at` was computed from. A migration that changes `look_at` deletes the row."""

compatibility = sa.Table(
    "compatibility",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("oldest_code", sa.String(16), nullable=False),
    sa.Column("upgraded_at", UTCDateTime),
)
"""One row: the oldest version of the bot that can use these tables, and when a database of 0.1.0 was upgraded."""

revisions = sa.Table(
    "alembic_version",
    metadata,
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""One row, in Alembic's table: the revision of the last migration."""


def prepare_for_postgresql() -> None:
    """Give the index of plans its condition for PostgreSQL; in the table, it would load that dialect on SQLite (2 MiB)."""
    for index in plans.indexes:
        if index.dialect_kwargs.get("sqlite_where") is NOT_ENDED:
            index.dialect_kwargs["postgresql_where"] = NOT_ENDED

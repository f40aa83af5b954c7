"""Codes instead of sentences, posts with their own content, and the oldest version that can use the tables."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLDEST_CODE = "0.2.0"

PROBLEMS = (
    ("I cannot see the channel", "no_access"),
    ("I am not allowed to post in the channel", "no_permission"),
    ("The channel is of a kind that takes no messages", "wrong_channel"),
    ("The thread is archived", "archived"),
    ("The thread is locked", "locked"),
    ("The server's AutoMod blocks the post", "blocked"),
    ("Discord refused the post", "refused"),
    ("Discord says that the channel does not exist", "channel_missing"),
    ("Discord says that I am not in this server", "server_missing"),
    ("The channel was deleted", "channel_gone"),
    ("I was no longer in the server", "server_gone"),
    ("I am no longer in the server", "server_gone"),
)
"""How the sentences of 0.1.0 begin, and the code of each."""

RESULTS = (
    ("posted", "posted"),
    ("posted, but Discord did not publish it to the channels that follow", "not_published"),
    ("unsure: it may be posted, and I cannot read the channel's history to tell", "unsure"),
    ("missed: it could not be posted in time", "missed"),
    ("nothing new", "nothing_new"),
    ("not posted", "not_posted"),
    ("Discord did not take the post. The fault is mine and is logged; the next one comes as planned.", "malformed"),
)
"""The results that 0.1.0 stored, and the code of each."""

OPEN_FOR = timedelta(hours=22)


def upgrade() -> None:
    """Add and fill the code columns, copy each plan's content to its posts, and store the oldest version."""
    _widen_boards()
    for column in ("problem", "result"):
        op.add_column("plans", sa.Column(f"{column}_code", sa.String(32), nullable=True))
        op.add_column("plans", sa.Column(f"{column}_parameters", sa.JSON(), nullable=True))
    problem, result = sa.column("problem", sa.String()), sa.column("last_result", sa.String())
    _fill_codes("problem_code", problem, [(problem.startswith(beginning), code) for beginning, code in PROBLEMS])
    op.add_column("plans", sa.Column("last_channel_id", sa.BigInteger(), nullable=True))
    _fill_codes("result_code", result, [(result == text, code) for text, code in RESULTS])
    _add_post_columns()
    _rename_reckonings()
    _note_compatibility()


def _widen_boards() -> None:
    """Allow boards of any length. SQLite cannot alter a column, and recreating a parent table would delete its posts."""
    tables = ("plans", "removed_posts")
    if op.get_bind().dialect.name == "postgresql":
        for table in tables:
            op.alter_column(table, "board", type_=sa.Text(), existing_nullable=False)
        return
    op.drop_index("uq_plans_channel_id_board", table_name="plans")
    op.drop_index("ix_removed_posts_channel_id_board", table_name="removed_posts")
    for table in tables:
        op.add_column(table, sa.Column("new_board", sa.Text(), nullable=False, server_default=""))
        columns = sa.table(table, sa.column("board"), sa.column("new_board"))
        op.execute(columns.update().values(new_board=columns.c.board))
        op.execute(f"ALTER TABLE {table} DROP COLUMN board")
        op.execute(f"ALTER TABLE {table} RENAME COLUMN new_board TO board")
    op.create_index("ix_removed_posts_channel_id_board", "removed_posts", ["channel_id", "board"])
    op.create_index(
        "uq_plans_channel_id_board",
        "plans",
        ["channel_id", "board"],
        unique=True,
        sqlite_where=sa.text("state != 'ended'"),
    )


def _fill_codes(column: str, said: sa.ColumnClause[str], known: Sequence[tuple[sa.ColumnElement[bool], str]]) -> None:
    """Store the code of each sentence; an unknown sentence becomes `unknown`."""
    plans = sa.table("plans", sa.column(column, sa.String()))
    op.execute(plans.update().where(said.is_not(None)).values({column: sa.case(*known, else_="unknown")}))


def _add_post_columns() -> None:
    """Copy each plan's content to its posts; in 0.1.0 a plan could not be changed."""
    content: list[sa.Column[Any]] = [
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("board", sa.Text()),
        sa.Column("silent", sa.Boolean()),
        sa.Column("publish", sa.Boolean()),
    ]
    instants: list[sa.Column[Any]] = [
        sa.Column("closes_at", sa.DateTime()),
        sa.Column("first_claimed_at", sa.DateTime()),
    ]
    for column in (*content, sa.Column("mention_role_id", sa.BigInteger()), *instants):
        op.add_column("posts", column)
    op.add_column("posts", sa.Column("result_code", sa.String(32), nullable=True))
    op.add_column("posts", sa.Column("result_parameters", sa.JSON(), nullable=True))
    for name in (*(column.name for column in content), "mention_role_id"):
        plans = sa.table("plans", sa.column("id"), sa.column(name))
        posts = sa.table("posts", sa.column("plan_id"), sa.column(name))
        of_its_plan = sa.select(plans.c[name]).where(plans.c.id == posts.c.plan_id).scalar_subquery()
        op.execute(posts.update().values({name: of_its_plan}))
    _fill_instants()
    with op.batch_alter_table("posts") as batch:
        for column in (*content, *instants):
            batch.alter_column(column.name, existing_type=column.type, nullable=False)


def _fill_instants() -> None:
    posts = sa.table(
        "posts",
        sa.column("id", sa.Integer()),
        *(sa.column(name, sa.DateTime()) for name in ("instant", "claimed_at", "closes_at", "first_claimed_at")),
    )
    op.execute(posts.update().values(first_claimed_at=posts.c.claimed_at))
    connection = op.get_bind()
    for row in connection.execute(sa.select(posts.c.id, posts.c.instant)).all():
        closing = posts.update().where(posts.c.id == row.id).values(closes_at=row.instant + OPEN_FOR)
        connection.execute(closing)


def _rename_reckonings() -> None:
    op.create_table(
        "schedule_basis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone_rules", sa.String(32), nullable=False),
        sa.Column("clock", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_basis"),
    )
    op.execute("INSERT INTO schedule_basis (id, zone_rules, clock) SELECT id, zone_rules, clock FROM reckonings")
    op.drop_table("reckonings")


def _note_compatibility() -> None:
    """Store the oldest version, and the time of the upgrade if there are plans: their posts are recognised by wording."""
    compatibility = op.create_table(
        "compatibility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("oldest_code", sa.String(16), nullable=False),
        sa.Column("upgraded_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_compatibility"),
    )
    has_plans = op.get_bind().execute(sa.text("SELECT 1 FROM plans LIMIT 1")).first() is not None
    upgraded_at = datetime.now(UTC).replace(tzinfo=None) if has_plans else None
    op.bulk_insert(compatibility, [{"id": 1, "oldest_code": OLDEST_CODE, "upgraded_at": upgraded_at}])

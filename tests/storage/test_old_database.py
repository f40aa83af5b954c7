"""A database of 0.1.0 opens, and everything in it keeps its meaning."""

import json
import shutil
import sqlite3
import zlib
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from bot.autopost.codes import ProblemCode, Result, ResultCode
from bot.autopost.plans import Plan, UnreadablePlan, nonce_of
from bot.autopost.schedule import OPEN_FOR
from bot.autopost.transitions import PlanState, PostState
from bot.errors import StorageError
from bot.market.editions import Edition
from bot.market.past import WINDOW
from bot.presentation.plan_texts import plan_list
from bot.storage.archive import SnapshotArchive
from bot.storage.database import MIGRATIONS, Database, open_database
from bot.storage.ledger import QuotaLedger
from bot.storage.outbox import OutboxStore
from bot.storage.plan_store import PlanStore
from bot.storage.schema import OLDEST_CODE, metadata, posts, snapshots

OLD = Path(__file__).with_name("old") / "rankings-0.1.0.db"
LISTED = json.loads(OLD.with_name("listed-by-0.1.0.json").read_text(encoding="utf-8"))
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
GUILDS = range(1_100_000_000_000_000_001, 1_100_000_000_000_000_030)
CHANGED = {24, 30, 31}
"""Plans with another sentence than in 0.1.0: unknown problems and results, and a result that was cut off."""

REWORDED = {
    "as soon as the day's data is there": "as soon as the day's data is available",
    "I try again by myself, and at once when you use /autopost.": "I will try again later, or at once when you use /autopost.",
    "I look again before this autopost ends.": "I will check again before I end this autopost.",
    "to the channels that follow": "to its follower channels",
    "I cannot see the channel: give": "I cannot see the channel. Give",
    "I am not allowed to post in the channel: give": "I am not allowed to post in the channel. Give",
    "The channel is of a kind that takes no messages: choose a text channel.": (
        "I cannot post to this kind of channel. Add an autopost for a text channel instead."
    ),
    "The thread is archived: open it again.": "The thread is archived. Reopen it.",
    "The thread is locked: unlock": "The thread is locked. Unlock",
    "AutoMod blocks the post: make": "AutoMod blocks the post. Make",
    "without a reason I know": "for a reason that I do not know",
    "If it is back,": "If the channel is back,",
    "Use /autopost resume to go on.": "Use /autopost resume to restart it.",
    "it may be posted, and I cannot read the channel's history to tell": (
        "it may be posted, but I cannot read the channel's history to check"
    ),
    "Discord did not take the post. The fault is mine and is logged; the next one comes as plan": (
        "Discord did not accept the post because of a fault in the bot, which is logged. The next post comes as plan"
    ),
    "the board is not one that I know": "I do not know its board",
    "It stays as it is until the bot is updated, or until you remove it.": (
        "Wait until the bot is updated, or remove it."
    ),
}
"""The words of 0.1.0 that are others now."""

MALFORMED = 37
"""A plan with a malformed time, which only SQLite can store."""


@pytest.fixture
async def old_url(database_url: str, tmp_path: Path) -> str:
    """The database of 0.1.0 on each kind of database; PostgreSQL gets the same rows at the same revision."""
    if database_url.startswith("sqlite"):
        shutil.copy(OLD, tmp_path / "rankings.db")
        return database_url
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(_fill)
    await engine.dispose()
    return database_url


def _fill(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "0004")
    source = sa.create_engine(f"sqlite:///{OLD}")
    tables = sa.MetaData()
    tables.reflect(source)
    with source.connect() as old:
        for table in tables.sorted_tables:
            if table.name in {"alembic_version", "sqlite_sequence"}:
                continue
            key = table.c.plan_id if table.name == "posts" else table.c.id if table.name == "plans" else None
            query = sa.select(table) if key is None else sa.select(table).where(key != MALFORMED)
            rows = [dict(row) for row in old.execute(query).mappings()]
            connection.execute(sa.insert(sa.Table(table.name, sa.MetaData(), autoload_with=connection)), rows)
    source.dispose()


@pytest.fixture
async def migrated(old_url: str) -> AsyncIterator[Database]:
    """The database of 0.1.0, opened by this version."""
    async with open_database(old_url) as database:
        yield database


def in_present_words(line: str) -> str:
    """What 0.1.0 listed, as this version says it."""
    for old, new in REWORDED.items():
        line = line.replace(old, new)
    return line


async def plan(database: Database, plan_id: int) -> Plan:
    """Load one of its plans."""
    found = await PlanStore(database).load(plan_id)
    assert found is not None
    return found


async def test_migrated_tables_match_the_schema(migrated: Database) -> None:
    """Alembic finds nothing to add, remove or change."""
    async with migrated.transaction() as connection:
        context = await connection.run_sync(lambda sync: compare_metadata(MigrationContext.configure(sync), metadata))
        assert [] == context


async def test_list_says_the_same_as_before(migrated: Database) -> None:
    """For every plan of every server, word for word except for sentences that were reworded since."""
    store, archive = PlanStore(migrated), SnapshotArchive(migrated)
    held, catalog = await archive.load_latest(WINDOW), await archive.load_catalog()
    assert held is not None
    assert catalog is not None
    edition = Edition(held.snapshot, names=catalog.names)
    said: dict[str, str] = {}
    for guild_id in GUILDS:
        plans: list[Plan | UnreadablePlan] = [*await store.load_guild(guild_id), *await store.load_unreadable(guild_id)]
        for one in plans:
            (page,) = plan_list([one], edition, now=NOON, stopped_by=None)
            said[str(one.id)] = page.description or ""

    listed = {number: in_present_words(line) for number, line in LISTED.items()}
    expected = {number: line for number, line in listed.items() if int(number) not in CHANGED}
    assert expected == {number: said.get(number, expected[number]) for number in expected}
    assert LISTED.keys() - said.keys() <= {str(MALFORMED)}
    assert "I do not know what keeps this autopost from posting." in said["24"]
    assert said["31"].endswith("last: unknown to this version of the bot")
    assert said["30"].startswith(listed["30"])


@pytest.mark.parametrize(("plan_id", "code"), [(8, ProblemCode.CHANNEL_GONE), (9, ProblemCode.SERVER_GONE)])
async def test_ended_plan_can_be_resumed(migrated: Database, plan_id: int, code: ProblemCode) -> None:
    """Until then it says why it has ended."""
    ended = await plan(migrated, plan_id)
    assert ended.problem is not None
    assert (PlanState.ENDED, code) == (ended.state, ended.problem.code)

    assert await PlanStore(migrated).resume(plan_id, guild_id=ended.request.guild_id, now=NOON)
    assert (PlanState.ACTIVE, None) == ((resumed := await plan(migrated, plan_id)).state, resumed.problem)


@pytest.mark.parametrize(("plan_id", "has_message"), [(32, False), (33, True), (35, False)])
async def test_unfinished_post_can_be_finished(migrated: Database, plan_id: int, *, has_message: bool) -> None:
    """It keeps the nonce that Discord may know, its channel, and the time at which it closes."""
    its_plan, outbox = await plan(migrated, plan_id), OutboxStore(migrated)
    post = await outbox.load_unfinished(plan_id)
    assert post is not None

    assert its_plan.request.content == post.content
    assert nonce_of(its_plan, post.as_of) == post.nonce
    assert (post.instant + OPEN_FOR, post.claimed_at) == (post.closes_at, post.first_claimed_at)
    assert has_message is (post.message_id is not None)

    await outbox.mark_sent(post, message_id=1, now=NOON, result=Result(ResultCode.POSTED))
    assert (await plan(migrated, plan_id)).progress.posted == post.as_of
    assert await outbox.load_unfinished(plan_id) is None


async def test_nothing_that_was_posted_is_posted_again(migrated: Database) -> None:
    """This holds for sent posts, unsure posts, and posts of removed plans."""
    outbox = OutboxStore(migrated)
    async with migrated.reading() as connection:
        rows = (await connection.execute(sa.select(posts).where(posts.c.state.in_(["sent", "unsure"])))).all()
    for row in rows:
        found = await PlanStore(migrated).load(row.plan_id)
        if found is not None:
            assert await outbox.claim(found, row.as_of, instant=NOON, now=NOON) is None
    assert {PostState.SENT, PostState.UNSURE} == {PostState(row.state) for row in rows}
    assert date(2026, 8, 31) == (await plan(migrated, 13)).progress.posted


async def test_failed_post_can_be_claimed_again(migrated: Database) -> None:
    """It is one more attempt at the same post, with the same nonce."""
    async with migrated.reading() as connection:
        row = (await connection.execute(sa.select(posts).where(posts.c.plan_id == 30))).one()
    claimed = await OutboxStore(migrated).claim(await plan(migrated, 30), row.as_of, instant=NOON, now=NOON)

    assert claimed is not None
    assert (PostState.CLAIMED, row.attempts + 1, row.nonce) == (claimed.state, claimed.attempts, claimed.nonce)


async def test_snapshots_names_and_quota_are_kept(migrated: Database) -> None:
    """The newest snapshot is available at once, and the upgrade does not reset the quota."""
    archive, ledger = SnapshotArchive(migrated), QuotaLedger(migrated, key_fingerprint="0123456789ab")
    held, catalog = await archive.load_latest(WINDOW), await archive.load_catalog()

    assert held is not None
    assert catalog is not None
    assert (date(2026, 8, 31), 3) == (held.snapshot.as_of, len(catalog.names))
    assert await ledger.has_answered()


async def test_time_of_the_upgrade_is_stored(migrated: Database, tmp_path: Path) -> None:
    """A database that this version created has none."""
    assert migrated.upgraded_at is not None
    assert datetime.now(UTC) - migrated.upgraded_at < timedelta(minutes=5)
    async with open_database(f"sqlite:///{tmp_path / 'new.db'}") as new:
        assert new.upgraded_at is None


async def test_bodies_are_compressed_in_place(old_url: str) -> None:
    """Each has the hash that it had as received."""
    async with open_database(old_url) as database, database.reading() as connection:
        rows = (await connection.execute(sa.select(snapshots))).all()

    assert rows
    assert [row.sha256 for row in rows] == [sha256(zlib.decompress(row.body)).hexdigest() for row in rows]
    assert {("zlib", True)} == {(row.encoding, row.fetched_at_known) for row in rows}


async def test_file_is_smaller_after_the_upgrade(tmp_path: Path) -> None:
    """SQLite keeps free pages by itself; a file that is mostly free pages is compacted when it is opened."""
    file = tmp_path / "rankings.db"
    shutil.copy(OLD, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        body = connection.execute("SELECT body FROM snapshots").fetchone()[0]
        rows = [(f"2025-01-{day:02}", sha256(body).hexdigest(), body + b" " * 50_000) for day in range(1, 30)]
        connection.executemany(
            "INSERT INTO snapshots SELECT NULL, '7d', ?, ?, ?, fetched_at, checked_at FROM snapshots LIMIT 1", rows
        )
    assert file.stat().st_size > 2_000_000

    async with open_database(f"sqlite:///{file}"):
        pass
    assert file.stat().st_size < 600_000


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0"])
async def test_earlier_code_refuses_the_upgraded_database(
    old_url: str, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """It cannot read compressed bodies, and says which version can."""
    async with open_database(old_url):
        pass
    monkeypatch.setattr("bot.storage.database.__version__", version)

    with pytest.raises(StorageError, match=rf"this is {version}, and it needs {OLDEST_CODE} or later"):
        async with open_database(old_url):
            pass


async def test_opening_it_again_changes_nothing(old_url: str) -> None:
    """The upgrade happens once."""
    async with open_database(old_url) as database:
        upgraded_at = database.upgraded_at
    async with open_database(old_url) as database:
        assert upgraded_at == database.upgraded_at

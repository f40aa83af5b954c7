"""Opening the database: which URLs are understood, and what goes wrong with files and servers."""

import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import SettingsError, StorageError
from bot.storage.database import Database, open_database
from bot.storage.schema import attempts

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
FULL = 2
"""SQLite's number for it."""

SECRET = "hunter2"  # noqa: S105 - of no server


async def complaint(url: str, kind: type[SettingsError | StorageError]) -> str:
    """The one sentence about a URL."""
    with pytest.raises(kind) as raised:
        async with open_database(url):
            pass
    return raised.value.operator_sentence


class TestFiles:
    """SQLite files, and what is none."""

    async def test_its_folder_is_made(self, tmp_path: Path) -> None:
        """As deep as it is asked for."""
        async with open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'c.db'}"):
            assert ["c.db"] == [file.name for file in (tmp_path / "a" / "b").glob("*.db")]

    async def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        """It is left as it is."""
        file = tmp_path / "rankings.db"
        file.write_bytes(b"This is a letter to my mother." * 1000)

        assert "file is not a database" in await complaint(f"sqlite:///{file}", StorageError)
        assert file.read_bytes().startswith(b"This is a letter")

    async def test_a_database_that_was_cut_off(self, tmp_path: Path) -> None:
        """A disk that was full, a copy that was not finished."""
        url = f"sqlite:///{tmp_path / 'rankings.db'}"
        async with open_database(url):
            pass
        whole = (tmp_path / "rankings.db").read_bytes()
        (tmp_path / "rankings.db").write_bytes(whole[: len(whole) // 2])

        assert "check DATABASE_URL" in await complaint(url, StorageError)

    async def test_a_folder_in_place_of_a_file(self, tmp_path: Path) -> None:
        """It cannot be opened."""
        assert "unable to open database file" in await complaint(f"sqlite:///{tmp_path}", StorageError)

    async def test_a_file_in_place_of_a_folder(self, tmp_path: Path) -> None:
        """The folder cannot be made."""
        (tmp_path / "data").write_text("x")

        assert "data" in await complaint(f"sqlite:///{tmp_path / 'data' / 'rankings.db'}", StorageError)

    async def test_a_file_that_may_only_be_read(self, tmp_path: Path) -> None:
        """It can be opened, and the first write says why it cannot be done."""
        async with open_database(f"sqlite:///{tmp_path / 'rankings.db'}"):
            pass
        with pytest.raises(StorageError, match="readonly"):
            async with (
                open_database(f"sqlite:///file:{tmp_path / 'rankings.db'}?mode=ro&uri=true") as database,
                database.transaction() as connection,
            ):
                await connection.execute(sa.insert(attempts).values(at=NOON, outcome="failed"))

    async def test_what_was_committed_outlasts_a_power_cut(self, tmp_path: Path) -> None:
        """SQLite waits for the disk at each commit; in a log beside the file, so that nobody waits to read."""
        async with (
            open_database(f"sqlite:///{tmp_path / 'rankings.db'}") as database,
            database.transaction() as connection,
        ):
            pragmas = [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                for name in ("synchronous", "journal_mode")
            ]

        assert [FULL, "wal"] == pragmas

    async def test_one_that_somebody_else_holds_locked(self, tmp_path: Path) -> None:
        """A writer that does not come to an end is waited for so long and no longer."""
        url = f"sqlite:///{tmp_path / 'rankings.db'}"
        async with open_database(url) as first, open_database(url) as second, first.transaction():
            await _hurry(second)
            with pytest.raises(StorageError, match="locked"):
                async with second.transaction():
                    pass


class TestURLs:
    """What DATABASE_URL may be, and what not."""

    @pytest.mark.parametrize(
        "url",
        [
            "",
            " ",
            "data/rankings.db",
            "sqlite:/data.db",
            "mysql://u:hunter2@h/d",
            f"postgresql://u:{SECRET}@h:port/d",
            f"postgresql://u:{SECRET}@127.0.0.1:99999/d",
            f"postgresql://u:{SECRET}@[::1/d",
            f"postgresql://u:p@ss?{SECRET}@127.0.0.1:1/d",
            f"postgresql://u:p@ss?{SECRET}=@127.0.0.1:1/d",
            f"sqlite://u:{SECRET}@host/file.db",
            "sqlite:///:memory:?timeout=soon",
            "sqlite:///\0",
        ],
    )
    async def test_one_that_is_none(self, url: str) -> None:
        """The sentence shows how one looks, and nothing of what was there."""
        assert (
            "DATABASE_URL is not one of sqlite:///data/rankings.db or postgresql://user:password@host/name."
            == await complaint(url, SettingsError)
        )

    @settings(deadline=None, max_examples=60)
    @given(
        text=st.text(max_size=20)
        | st.from_regex(r"postgres(ql)?://[a:@/%?]{0,8}[a:@/%?=\[\]]{0,8}", fullmatch=True).map(
            lambda url: f"{url}\0:x"
        )
    )
    async def test_any_text(self, text: str) -> None:
        """It is no database: it is refused, with one sentence."""
        with pytest.raises((SettingsError, StorageError)) as raised:
            async with open_database(f"{text}://nowhere.invalid:x/"):
                pass

        assert raised.value.operator_sentence

    @pytest.mark.parametrize(
        "url",
        [
            f"postgresql://bot:{SECRET}@127.0.0.1:1/rankings",
            f"postgres://bot:{SECRET}@127.0.0.1:1/rankings",
            f"postgresql+psycopg2://bot:{SECRET}@127.0.0.1:1/rankings",
            f"postgresql://bot:{SECRET}@127.0.0.1:1/rankings?sslmode=require",
            f"postgresql://bot:{SECRET}@/rankings?host=/nowhere",
            f"postgresql://bot:pa/{SECRET}@127.0.0.1:1/rankings",
        ],
    )
    async def test_a_server_that_is_not_there(self, url: str) -> None:
        """In whatever dialect it is named; the password is in no line of the traceback."""
        with pytest.raises(StorageError, match="cannot be used") as raised:
            async with open_database(url):
                pass

        assert SECRET not in "".join(traceback.format_exception(raised.value))


async def _hurry(database: Database) -> None:
    """Let a connection to SQLite wait for no lock."""
    async with database._engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute("PRAGMA busy_timeout = 1")

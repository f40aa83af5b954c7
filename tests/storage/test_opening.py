"""Opening the database: URLs, and problems with files and servers."""

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
"""SQLite's number for `synchronous = FULL`."""

SECRET = "hunter2"  # noqa: S105 - of no server


async def complaint(url: str, kind: type[SettingsError | StorageError]) -> str:
    """The sentence of the error that opening a URL raises."""
    with pytest.raises(kind) as raised:
        async with open_database(url):
            pass
    return raised.value.operator_sentence


class TestFiles:
    """SQLite files, and files that are none."""

    async def test_missing_folders_are_created(self, tmp_path: Path) -> None:
        """Several levels work too."""
        async with open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'c.db'}"):
            assert ["c.db"] == [file.name for file in (tmp_path / "a" / "b").glob("*.db")]

    async def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        """It stays unchanged."""
        file = tmp_path / "rankings.db"
        file.write_bytes(b"This is a letter to my mother." * 1000)

        assert "file is not a database" in await complaint(f"sqlite:///{file}", StorageError)
        assert file.read_bytes().startswith(b"This is a letter")

    async def test_a_truncated_database(self, tmp_path: Path) -> None:
        """The disk was full, or a copy was not finished."""
        url = f"sqlite:///{tmp_path / 'rankings.db'}"
        async with open_database(url):
            pass
        whole = (tmp_path / "rankings.db").read_bytes()
        (tmp_path / "rankings.db").write_bytes(whole[: len(whole) // 2])

        assert "check DATABASE_URL" in await complaint(url, StorageError)

    async def test_a_folder_instead_of_a_file(self, tmp_path: Path) -> None:
        """The error says that it cannot be opened."""
        assert "unable to open database file" in await complaint(f"sqlite:///{tmp_path}", StorageError)

    async def test_a_file_instead_of_a_folder(self, tmp_path: Path) -> None:
        """The error names the path that cannot be created."""
        (tmp_path / "data").write_text("x")

        assert "data" in await complaint(f"sqlite:///{tmp_path / 'data' / 'rankings.db'}", StorageError)

    async def test_a_read_only_file(self, tmp_path: Path) -> None:
        """The first write fails with the reason."""
        async with open_database(f"sqlite:///{tmp_path / 'rankings.db'}"):
            pass
        with pytest.raises(StorageError, match="readonly"):
            async with (
                open_database(f"sqlite:///file:{tmp_path / 'rankings.db'}?mode=ro&uri=true") as database,
                database.transaction() as connection,
            ):
                await connection.execute(sa.insert(attempts).values(at=NOON, outcome="failed"))

    async def test_commits_survive_a_power_cut(self, tmp_path: Path) -> None:
        """SQLite syncs to disk at each commit, with a write-ahead log so that readers do not wait."""
        async with (
            open_database(f"sqlite:///{tmp_path / 'rankings.db'}") as database,
            database.transaction() as connection,
        ):
            pragmas = [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                for name in ("synchronous", "journal_mode")
            ]

        assert [FULL, "wal"] == pragmas

    async def test_a_file_that_another_process_has_locked(self, tmp_path: Path) -> None:
        """Waiting for the other writer ends with a time-out."""
        url = f"sqlite:///{tmp_path / 'rankings.db'}"
        async with open_database(url) as first, open_database(url) as second, first.transaction():
            await _shorten_timeout(second)
            with pytest.raises(StorageError, match="locked"):
                async with second.transaction():
                    pass


class TestURLs:
    """Valid and invalid values of DATABASE_URL."""

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
    async def test_an_invalid_url(self, url: str) -> None:
        """The sentence shows examples, and repeats nothing of the URL."""
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
        """It is refused with one sentence."""
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
    async def test_an_unreachable_server(self, url: str) -> None:
        """However the URL is written, the password is nowhere in the traceback."""
        with pytest.raises(StorageError, match="cannot be used") as raised:
            async with open_database(url):
                pass

        assert SECRET not in "".join(traceback.format_exception(raised.value))


async def _shorten_timeout(database: Database) -> None:
    """Make a connection to SQLite wait only 1 ms for a lock."""
    async with database._engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute("PRAGMA busy_timeout = 1")

"""DATABASE_URL as it is written: what of it the driver is told, and what is refused by its name."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.errors import SettingsError
from bot.storage.database_url import WRONG_URL, read_database_url

SERVER = "postgresql://bot:hunter2@db.example:6543/rankings"


def told(parameters: str) -> dict[str, Any]:
    """What the driver is told of a URL's parameters, its DSN taken apart."""
    arguments = dict(read_database_url(f"{SERVER}?{parameters}").connect_args)
    dsn = urlsplit(arguments.pop("dsn", ""))
    return arguments | {name: value for name, [value] in parse_qs(dsn.query).items()}


class TestServers:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"])
    def test_every_name_of_the_scheme_is_the_same(self, scheme: str) -> None:
        """Providers write it in several ways."""
        address = read_database_url(SERVER.replace("postgresql", scheme))
        assert ("postgresql+asyncpg", "db.example", 6543) == (
            address.url.drivername,
            address.url.host,
            address.url.port,
        )
        assert (False, None) == (address.is_sqlite, address.file)

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ("", {}),
            ("sslmode=require&channel_binding=require", {"sslmode": "require"}),
            ("sslmode=REQUIRE", {"sslmode": "require"}),
            ("ssl=true", {"sslmode": "require"}),
            ("ssl=require", {"sslmode": "require"}),
            ("sslmode=disable&sslmode=prefer", {"sslmode": "prefer"}),
            ("connect_timeout=10", {"timeout": 10.0}),
            ("connect_timeout=0", {}),
            ("application_name=rankings%20bot", {"application_name": "rankings bot"}),
            ("options=endpoint%3Dcool-name", {"options": "endpoint=cool-name"}),
            ("options=-c%20search_path%3Dbots", {"options": "-c search_path=bots"}),
            ("schema=bots", {"search_path": "bots"}),
            ("target_session_attrs=read-write", {"target_session_attrs": "read-write"}),
            ("connection_limit=1&pool_timeout=0&keepalives=1", {}),
            ("pgbouncer=false", {}),
            ("statement_cache_size=0", {"statement_cache_size": 0}),
        ],
    )
    def test_what_providers_add_is_told_to_the_driver(self, parameters: str, expected: dict[str, Any]) -> None:
        """By its own names; what it has no part for is left out."""
        assert expected == told(parameters)

    def test_behind_pgbouncer_no_statement_outlives_its_transaction(self) -> None:
        """Nothing is kept, and no two statements are called alike."""
        arguments = told("pgbouncer=true&sslmode=require")
        name = arguments.pop("prepared_statement_name_func")

        assert {"statement_cache_size": 0, "prepared_statement_cache_size": 0, "sslmode": "require"} == arguments
        assert name() != name()

    def test_a_socket_stays_where_it_is_named(self) -> None:
        """As `host=`, which is how libpq writes it."""
        address = read_database_url("postgresql://bot@/rankings?host=/run/pg&sslmode=disable")
        assert {"host": "/run/pg"} == dict(address.url.query)

    def test_certificates_are_those_that_are_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file, in the home if it begins with it; else what asyncpg would find, or else the system's own."""
        for name in ("root.pem", "system.pem"):
            tmp_path.joinpath(name).touch()
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
        monkeypatch.delenv("PGSSLROOTCERT", raising=False)
        named, by_itself = {"sslrootcert": str(tmp_path / "root.pem")}, {"sslrootcert": str(tmp_path / "system.pem")}
        verified = {"sslmode": "verify-full"}

        assert verified | named == told(f"sslmode=verify-full&sslrootcert={tmp_path / 'root.pem'}")
        assert verified | named == told("sslmode=verify-full&sslrootcert=~/root.pem")
        assert verified | by_itself == told("sslmode=verify-full&sslrootcert=system")
        assert verified | by_itself == told("sslmode=verify-full")
        monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "root.pem"))
        assert verified == told("sslmode=verify-full")


class TestRefused:
    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ("color=hunter2", "color is not known"),
            ("sslmode=hunter2", "sslmode is not one of disable, allow, prefer, require, verify-ca, verify-full"),
            ("ssl=hunter2", "ssl is not one of disable, allow, prefer, require, verify-ca, verify-full"),
            ("sslrootcert=/hunter2.pem", "sslrootcert names no file that can be read"),
            ("connect_timeout=hunter2", "connect_timeout is not a whole number"),
        ],
    )
    def test_a_parameter_that_cannot_be_obeyed_is_named(self, parameters: str, expected: str) -> None:
        """Nothing else of the URL is repeated."""
        with pytest.raises(SettingsError) as refused:
            told(parameters)
        assert f"DATABASE_URL's parameter {expected}: correct it or leave it out." == refused.value.operator_sentence

    @pytest.mark.parametrize(
        "url", ["postgresql://bot:p@ss?hunter2@h/d", "postgresql://bot:p@s?hunter2=x@h/d", f"{SERVER}?hunter2%20=x"]
    )
    def test_a_piece_of_a_password_is_not_taken_for_a_parameter(self, url: str) -> None:
        """One that was not escaped."""
        with pytest.raises(SettingsError) as refused:
            read_database_url(url)
        assert WRONG_URL == refused.value.operator_sentence


class TestFiles:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("sqlite:///~/bot.db", "home/bot.db"),
            ("sqlite:///data/rankings.db", "data/rankings.db"),
            ("sqlite:///./rankings.db", "rankings.db"),
        ],
    )
    def test_a_path_is_one_of_the_home_or_of_the_working_directory(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, url: str, expected: str
    ) -> None:
        """Said in full."""
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.chdir(tmp_path)
        assert tmp_path / expected == read_database_url(url).file

    @pytest.mark.parametrize("url", ["sqlite://data/rankings.db", "sqlite://~/bot.db"])
    def test_two_slashes_are_refused(self, url: str) -> None:
        """They would mean another file than whoever wrote them thinks."""
        with pytest.raises(SettingsError, match="sqlite:///data"):
            read_database_url(url)

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x.db?uri=true"])
    def test_what_is_no_plain_file_has_no_path(self, url: str) -> None:
        """A database in memory, or a URI of SQLite's own."""
        assert (True, None) == (read_database_url(url).is_sqlite, read_database_url(url).file)

    def test_a_home_that_nobody_has_is_refused(self) -> None:
        """Rather than made in the working directory."""
        with pytest.raises(SettingsError, match="a home that is not known here"):
            read_database_url("sqlite:///~nobody-of-this-name/bot.db")

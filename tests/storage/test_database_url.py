"""Parsing DATABASE_URL: what the driver gets, and which parameters are refused by name."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.errors import SettingsError
from bot.storage.database_url import WRONG_URL, read_database_url

SERVER = "postgresql://bot:hunter2@db.example:6543/rankings"


def driver_arguments(parameters: str) -> dict[str, Any]:
    """The driver's arguments for a URL's parameters, with the DSN split into its parts."""
    arguments = dict(read_database_url(f"{SERVER}?{parameters}").connect_args)
    dsn = urlsplit(arguments.pop("dsn", ""))
    return arguments | {name: value for name, [value] in parse_qs(dsn.query).items()}


class TestServers:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"])
    def test_all_names_of_the_scheme_mean_the_same(self, scheme: str) -> None:
        """Providers write the scheme in several ways."""
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
    def test_parameters_of_providers_are_translated(self, parameters: str, expected: dict[str, Any]) -> None:
        """They get the driver's names; parameters without a counterpart are left out."""
        assert expected == driver_arguments(parameters)

    def test_pgbouncer_turns_prepared_statements_off(self) -> None:
        """Nothing is cached, and no two statements have the same name."""
        arguments = driver_arguments("pgbouncer=true&sslmode=require")
        name = arguments.pop("prepared_statement_name_func")

        assert {"statement_cache_size": 0, "prepared_statement_cache_size": 0, "sslmode": "require"} == arguments
        assert name() != name()

    def test_a_socket_stays_in_the_query(self) -> None:
        """It is written as `host=`, as libpq does."""
        address = read_database_url("postgresql://bot@/rankings?host=/run/pg&sslmode=disable")
        assert {"host": "/run/pg"} == dict(address.url.query)

    def test_root_certificates(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A named file comes first, with `~` expanded; then what asyncpg finds itself, and then the system's."""
        for name in ("root.pem", "system.pem"):
            tmp_path.joinpath(name).touch()
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
        monkeypatch.delenv("PGSSLROOTCERT", raising=False)
        named, by_itself = {"sslrootcert": str(tmp_path / "root.pem")}, {"sslrootcert": str(tmp_path / "system.pem")}
        verified = {"sslmode": "verify-full"}

        assert verified | named == driver_arguments(f"sslmode=verify-full&sslrootcert={tmp_path / 'root.pem'}")
        assert verified | named == driver_arguments("sslmode=verify-full&sslrootcert=~/root.pem")
        assert verified | by_itself == driver_arguments("sslmode=verify-full&sslrootcert=system")
        assert verified | by_itself == driver_arguments("sslmode=verify-full")
        monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "root.pem"))
        assert verified == driver_arguments("sslmode=verify-full")


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
    def test_an_unusable_parameter_is_named(self, parameters: str, expected: str) -> None:
        """The error repeats nothing else of the URL."""
        with pytest.raises(SettingsError) as refused:
            driver_arguments(parameters)
        assert f"DATABASE_URL's parameter {expected}: correct it or leave it out." == refused.value.operator_sentence

    @pytest.mark.parametrize(
        "url", ["postgresql://bot:p@ss?hunter2@h/d", "postgresql://bot:p@s?hunter2=x@h/d", f"{SERVER}?hunter2%20=x"]
    )
    def test_a_part_of_a_password_is_not_taken_for_a_parameter(self, url: str) -> None:
        """The password was not percent-encoded."""
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
    def test_a_path_is_relative_to_the_home_or_the_working_directory(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, url: str, expected: str
    ) -> None:
        """The result is absolute."""
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.chdir(tmp_path)
        assert tmp_path / expected == read_database_url(url).file

    @pytest.mark.parametrize("url", ["sqlite://data/rankings.db", "sqlite://~/bot.db"])
    def test_two_slashes_are_refused(self, url: str) -> None:
        """They would mean another file than intended."""
        with pytest.raises(SettingsError, match="sqlite:///data"):
            read_database_url(url)

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x.db?uri=true"])
    def test_only_a_plain_file_has_a_path(self, url: str) -> None:
        """A database in memory and an SQLite URI have none."""
        assert (True, None) == (read_database_url(url).is_sqlite, read_database_url(url).file)

    def test_an_unknown_home_is_refused(self) -> None:
        """The bot does not create it in the working directory."""
        with pytest.raises(SettingsError, match="an unknown home directory"):
            read_database_url("sqlite:///~nobody-of-this-name/bot.db")

"""Parses DATABASE_URL as people and providers write it, and translates its parameters for the driver."""

import os
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError

WRONG_URL = "DATABASE_URL is not one of sqlite:///data/rankings.db or postgresql://user:password@host/name."

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
FILE_PARAMETERS = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")

DSN_PARAMETERS = {
    *FILE_PARAMETERS,
    *("sslmode", "sslpassword", "sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version"),
    *("target_session_attrs", "krbsrvname", "gsslib", "user", "password", "dbname"),
    *("application_name", "options", "search_path"),
}
"""Parameters that asyncpg accepts in a DSN, and settings of the session.

Source: https://magicstack.github.io/asyncpg/current/api/index.html and PostgreSQL's chapter on libpq, section 34.1.2.
"""

LEFT_TO_SQLALCHEMY = {"host", "port"}

IGNORED = {
    *("channel_binding", "gssencmode", "client_encoding", "fallback_application_name"),
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    *("connection_limit", "pool_timeout"),
}
"""Parameters of other clients without a counterpart in asyncpg, which always uses UTF-8 and has no channel binding."""


@dataclass(frozen=True)
class DatabaseAddress:
    """A database's URL with its driver, and the arguments for the driver."""

    url: sa.URL
    connect_args: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The absolute path of an SQLite file; None for a server, a database in memory, or a `file:` URI."""
        database = self.url.database
        if not self.is_sqlite or not database or database.startswith((":", "file:")):
            return None
        return Path(database).absolute()

    def __str__(self) -> str:
        """The location, without the password."""
        if self.is_sqlite:
            return str(self.file or self.url.database or "in memory")
        # If a password has an unencoded @, its end is parsed as the beginning of the host.
        host = str(self.url.host or self.url.query.get("host", "localhost")).rpartition("@")[2]
        return f"{self.url.database or ''} at {host}".strip()


def read_database_url(text: str) -> DatabaseAddress:
    """Parse the setting; raise SettingsError, which may name a parameter but never repeats a value."""
    try:
        url = sa.make_url(text)
        driver = _DRIVERS[url.drivername.partition("+")[0]]
    except (ArgumentError, KeyError, ValueError):
        raise SettingsError(WRONG_URL) from None
    url = url.set(drivername=driver)
    if url.get_backend_name() == "sqlite":
        if url.host:  # with two slashes instead of three, a folder is parsed as a host
            raise SettingsError(WRONG_URL)
        return DatabaseAddress(_expand_home(url))
    if "@" in text.partition("?")[2]:  # a password with an unencoded question mark: the rest is not a parameter
        raise SettingsError(WRONG_URL)
    given = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    kept = {name: url.query[name] for name in LEFT_TO_SQLALCHEMY & given.keys()}
    parameters = {name: value for name, value in given.items() if name not in LEFT_TO_SQLALCHEMY | IGNORED}
    return DatabaseAddress(url.set(query=kept), _connect_args(parameters))


def _expand_home(url: sa.URL) -> sa.URL:
    """Expand a leading `~`, as a shell does."""
    if not url.database or not url.database.startswith("~"):
        return url
    try:
        return url.set(database=str(Path(url.database).expanduser()))
    except RuntimeError:
        raise SettingsError("DATABASE_URL begins with an unknown home directory: write the full path.") from None


def _connect_args(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Translate the parameters into arguments of asyncpg; those that fit into a DSN are put there."""
    arguments: dict[str, Any] = {}
    dsn: dict[str, str] = {}
    for name, value in parameters.items():
        if name in _READERS:
            arguments |= _READERS[name](value, name)
        elif name in _OTHER_NAMES or name in DSN_PARAMETERS:
            known = _OTHER_NAMES.get(name, name)
            dsn[known] = _checked(known, value, given_as=name)
        else:
            raise _invalid(name, "is not known") if re.fullmatch(r"\w{1,40}", name) else SettingsError(WRONG_URL)
    if dsn.get("sslmode", "").startswith("verify") and "sslrootcert" not in dsn and not _has_root_certificates():
        dsn["sslrootcert"] = _checked("sslrootcert", "system", given_as="sslmode")
    return arguments | ({"dsn": f"postgresql://?{urlencode(dsn)}"} if dsn else {})


_OTHER_NAMES = {"ssl": "sslmode", "schema": "search_path", "database": "dbname"}


def _checked(name: str, value: str, *, given_as: str) -> str:
    """Translate a value for asyncpg; raise SettingsError for a value that would only fail later."""
    if name == "sslmode":
        mode = {"true": "require", "false": "disable"}.get(value.lower(), value.lower())
        if mode not in SSL_MODES:
            raise _invalid(given_as, f"is not one of {', '.join(SSL_MODES)}")
        return mode
    if name == "sslrootcert" and value == "system":
        value = ssl.get_default_verify_paths().cafile or ""
    if name in FILE_PARAMETERS and not Path(value).expanduser().is_file():
        raise _invalid(given_as, "names no file that can be read")
    return str(Path(value).expanduser()) if name in FILE_PARAMETERS else value


def _has_root_certificates() -> bool:
    """Whether asyncpg finds root certificates by itself, in the same places as libpq."""
    return bool(os.environ.get("PGSSLROOTCERT")) or Path("~/.postgresql/root.crt").expanduser().is_file()


def _seconds(value: str, name: str) -> dict[str, Any]:
    seconds = _number(value, name)
    return {"timeout": float(seconds)} if seconds > 0 else {}


def _cache_size(value: str, name: str) -> dict[str, Any]:
    return {name: _number(value, name)}


def _number(value: str, name: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise _invalid(name, "is not a whole number") from None


def _pgbouncer(value: str, _name: str) -> dict[str, Any]:
    """Turn off prepared statements: behind PgBouncer each transaction may use another connection.

    Source: https://docs.sqlalchemy.org/en/21/dialects/postgresql.html, "Prepared Statement Name with PGBouncer".
    """
    if value.lower() not in {"true", "1", "yes", "on"}:
        return {}
    return {
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": lambda: f"__bot_{uuid4()}__",
    }


_READERS: Mapping[str, Callable[[str, str], dict[str, Any]]] = {
    "connect_timeout": _seconds,
    "pgbouncer": _pgbouncer,
    "statement_cache_size": _cache_size,
    "prepared_statement_cache_size": _cache_size,
}


def _invalid(name: str, why: str) -> SettingsError:
    return SettingsError(f"DATABASE_URL's parameter {name} {why}: correct it or leave it out.")

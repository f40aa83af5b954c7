"""DATABASE_URL as people and providers write it: which database it means, and what the driver is told besides."""

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
FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")

PASSED_ON = {
    *FILES,
    *("sslmode", "sslpassword", "sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version"),
    *("target_session_attrs", "krbsrvname", "gsslib", "user", "password", "dbname"),
    *("application_name", "options", "search_path"),
}
"""What asyncpg reads from a DSN, and settings of the session.

Source: https://magicstack.github.io/asyncpg/current/api/index.html and PostgreSQL's chapter on libpq, section 34.1.2.
"""

LEFT_TO_SQLALCHEMY = {"host", "port"}

LEFT_OUT = {
    *("channel_binding", "gssencmode", "client_encoding", "fallback_application_name"),
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    *("connection_limit", "pool_timeout"),
}
"""What other clients read and asyncpg has no part for; it speaks UTF-8 always, and has no channel binding."""


@dataclass(frozen=True)
class DatabaseAddress:
    """Which database, by which driver."""

    url: sa.URL
    connect_args: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The whole path of an SQLite file; None for a database in memory, at a server or named by a `file:` URI."""
        database = self.url.database
        if not self.is_sqlite or not database or database.startswith((":", "file:")):
            return None
        return Path(database).absolute()

    def __str__(self) -> str:
        """Where it is, without the password."""
        if self.is_sqlite:
            return str(self.file or self.url.database or "in memory")
        # A password with an @ that was not encoded reads as the beginning of the host.
        host = str(self.url.host or self.url.query.get("host", "localhost")).rpartition("@")[2]
        return f"{self.url.database or ''} at {host}".strip()


def read_database_url(text: str) -> DatabaseAddress:
    """Read the setting; raise SettingsError, which names a parameter but repeats no value."""
    try:
        url = sa.make_url(text)
        driver = _DRIVERS[url.drivername.partition("+")[0]]
    except (ArgumentError, KeyError, ValueError):
        raise SettingsError(WRONG_URL) from None
    url = url.set(drivername=driver)
    if url.get_backend_name() == "sqlite":
        if url.host:  # two slashes: what was meant for a folder reads as a host
            raise SettingsError(WRONG_URL)
        return DatabaseAddress(_in_the_home(url))
    if "@" in text.partition("?")[2]:  # a password with a question mark: what follows is no parameter
        raise SettingsError(WRONG_URL)
    given = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    kept = {name: url.query[name] for name in LEFT_TO_SQLALCHEMY & given.keys()}
    told = {name: value for name, value in given.items() if name not in LEFT_TO_SQLALCHEMY | LEFT_OUT}
    return DatabaseAddress(url.set(query=kept), _connect_args(told))


def _in_the_home(url: sa.URL) -> sa.URL:
    """Let a leading `~` be the home, as a shell would."""
    if not url.database or not url.database.startswith("~"):
        return url
    try:
        return url.set(database=str(Path(url.database).expanduser()))
    except RuntimeError:
        raise SettingsError("DATABASE_URL begins with a home that is not known here: write the whole path.") from None


def _connect_args(told: Mapping[str, str]) -> dict[str, Any]:
    """Translate the parameters into asyncpg's own; what its DSN can carry goes there."""
    arguments: dict[str, Any] = {}
    dsn: dict[str, str] = {}
    for name, value in told.items():
        if name in _READERS:
            arguments |= _READERS[name](value, name)
        elif name in _OTHER_NAMES or name in PASSED_ON:
            known = _OTHER_NAMES.get(name, name)
            dsn[known] = _checked(known, value, told_as=name)
        else:
            raise _unusable(name, "is not known") if re.fullmatch(r"\w{1,40}", name) else SettingsError(WRONG_URL)
    if dsn.get("sslmode", "").startswith("verify") and "sslrootcert" not in dsn and not _has_root_certificates():
        dsn["sslrootcert"] = _checked("sslrootcert", "system", told_as="sslmode")
    return arguments | ({"dsn": f"postgresql://?{urlencode(dsn)}"} if dsn else {})


_OTHER_NAMES = {"ssl": "sslmode", "schema": "search_path", "database": "dbname"}


def _checked(name: str, value: str, *, told_as: str) -> str:
    """Give a value as asyncpg reads it, or refuse what it would only fail on later."""
    if name == "sslmode":
        mode = {"true": "require", "false": "disable"}.get(value.lower(), value.lower())
        if mode not in SSL_MODES:
            raise _unusable(told_as, f"is not one of {', '.join(SSL_MODES)}")
        return mode
    if name == "sslrootcert" and value == "system":
        value = ssl.get_default_verify_paths().cafile or ""
    if name in FILES and not Path(value).expanduser().is_file():
        raise _unusable(told_as, "names no file that can be read")
    return str(Path(value).expanduser()) if name in FILES else value


def _has_root_certificates() -> bool:
    """Whether asyncpg finds some by itself, as libpq would."""
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
        raise _unusable(name, "is not a whole number") from None


def _pooled(value: str, _name: str) -> dict[str, Any]:
    """Behind PgBouncer each transaction may meet another connection: no statement may be prepared for the next one.

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
    "pgbouncer": _pooled,
    "statement_cache_size": _cache_size,
    "prepared_statement_cache_size": _cache_size,
}


def _unusable(name: str, why: str) -> SettingsError:
    return SettingsError(f"DATABASE_URL's parameter {name} {why}: correct it or leave it out.")

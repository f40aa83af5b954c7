"""The tests' PostgreSQL server, if it is installed: in a temporary directory, on a Unix socket."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

import asyncpg  # type: ignore[import-untyped] # it has no types

IS_INSTALLED = shutil.which("postgres") is not None and shutil.which("initdb") is not None
USER = "bot"
DATABASE = "postgres"
PASSWORD = "hunter2-p@ss/word:%"  # noqa: S105 - of a server that lives as long as the tests
PATIENCE = 20.0
"""Seconds that the server may take to start."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server with one database, which each test empties."""

    folder: Path

    def url(self, database: str, *, password: str = PASSWORD) -> str:
        """The URL of a database, as in the setting."""
        return f"postgresql://{USER}:{quote(password, safe='')}@/{database}?host={self.folder}"

    def empty_database(self) -> str:
        """Empty the database and return its URL; making a new one would take ten times as long."""
        run_apart(self.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        return self.url(DATABASE)

    async def execute(self, statement: str) -> None:
        """Run a statement as the server's owner."""
        connection = await asyncpg.connect(host=str(self.folder), user=USER, password=PASSWORD, database=DATABASE)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def run_apart(work: Coroutine[object, object, None]) -> None:
    """Run a coroutine on its own event loop, because one may be running here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server, and stop it at the end; as root, run it as nobody, because PostgreSQL refuses root."""
    with tempfile.TemporaryDirectory(prefix="pg") as name:  # the path of a Unix socket must be short
        folder = Path(name)
        is_root = os.geteuid() == 0
        if is_root:
            shutil.chown(folder, "nobody")
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        alone = {"user": "nobody", "extra_groups": []} if is_root else {}
        settings = {**alone, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        data = str(folder / "data")
        subprocess.run(  # type: ignore[call-overload] # the settings fit
            ["initdb", "-D", data, "-U", USER, "--auth=scram-sha-256", "--pwfile=password", "-E", "UTF8", "--no-sync"],
            check=True,
            **settings,
        )
        options = ["-c", "listen_addresses=", "-c", "shared_buffers=16MB", "-c", "max_connections=50", "-F"]
        server = subprocess.Popen(["postgres", "-D", data, "-k", str(folder), *options], **settings)  # type: ignore[call-overload] # they fit
        try:
            _await_start(folder, server)
            yield PostgresServer(folder)
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown, which does not wait for clients
            server.wait(PATIENCE)


def _await_start(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = monotonic() + PATIENCE
    started = PostgresServer(folder)
    while True:
        try:
            run_apart(started.execute("SELECT 1"))
        except (OSError, asyncpg.PostgresError):
            if server.poll() is not None or monotonic() > deadline:
                raise
            sleep(0.02)
        else:
            return

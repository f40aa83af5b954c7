"""Two ways to start a process: a new Python, or a fork of one that has imported the libraries."""

import asyncio
import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

LIBRARIES = (
    "aiohttp",
    "aiosqlite",
    "alembic.context",
    "asyncpg",
    "cachetools",
    "discord.ext.commands",
    "httpx",
    "pydantic_settings",
    "rich.table",
    "sqlalchemy.ext.asyncio",
)
"""The libraries that the bot imports; that takes two thirds of the bot's start."""

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(list(LIBRARIES))


class Started(Protocol):
    """A started process: the parts of asyncio's Process that are used."""

    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""

    async def wait(self) -> int:
        """Its exit code, once it has ended."""


Start = Callable[[Path, Sequence[str], Path, Mapping[str, str]], Coroutine[Any, Any, Started]]
"""Starts a script with arguments, in a directory and with an environment."""


async def execute(script: Path, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Started:
    """Start a new Python."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        str(script),
        *arguments,
        cwd=directory,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def fork(script: Path, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Started:
    """Start a fork of a Python that has imported the libraries, but nothing of the bot."""
    (stdout, its_stdout), (stderr, its_stderr) = FORKING.Pipe(duplex=False), FORKING.Pipe(duplex=False)
    argv = [str(script), *arguments]
    process = FORKING.Process(target=_become, args=(argv, directory, dict(environment), its_stdout, its_stderr))
    await asyncio.to_thread(process.start)
    its_stdout.close()
    its_stderr.close()
    return _Forked(process, await _reader_of(stdout), await _reader_of(stderr))


def _become(
    argv: list[str], directory: Path, environment: dict[str, str], stdout: Connection, stderr: Connection
) -> None:
    """Turn the new process into what a new Python with these arguments would be."""
    if "bot" in sys.modules:
        raise RuntimeError("the bot must be loaded by the process itself")
    for place, file in enumerate((os.open(os.devnull, os.O_RDONLY), stdout.fileno(), stderr.fileno())):
        os.dup2(file, place)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    sys.argv = argv
    runpy.run_path(argv[0], run_name="__main__")


async def _reader_of(pipe: Connection) -> asyncio.StreamReader:
    """A reader for the end of a pipe."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


class _Forked:
    """A process that another one forked; waits without a thread."""

    def __init__(self, process: Any, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader) -> None:
        self.stdout: asyncio.StreamReader | None = stdout
        self.stderr: asyncio.StreamReader | None = stderr
        self.pid: int = process.pid
        self._process = process
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._note_end)

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        code: int | None = self._process.exitcode
        return code

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        await self._ended.wait()
        code: int = self._process.exitcode
        return code

    def _note_end(self) -> None:
        """Stop watching, because the end is reported only once."""
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._ended.set()

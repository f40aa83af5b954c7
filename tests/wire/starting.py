"""The two ways to start a process: as anybody would, or forked from one that has loaded the libraries already."""

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
"""What the bot imports and others wrote; importing it is two thirds of the bot's start."""

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(list(LIBRARIES))


class Started(Protocol):
    """A process that was started: what is used of asyncio's own."""

    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def returncode(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""

    async def wait(self) -> int:
        """How it ended, once it has."""


Start = Callable[[Path, Sequence[str], Path, Mapping[str, str]], Coroutine[Any, Any, Started]]
"""Starts a script with arguments in a directory and with an environment."""


async def execute(script: Path, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Started:
    """Start a new Python, as anybody would."""
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
    """Start a copy of a Python that has loaded the libraries, and nothing of the bot."""
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
    """Be, in the new process, what a new Python with these arguments would be."""
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
    """Read from the end of a pipe that the test keeps."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


class _Forked:
    """A process that another one forked, waited for without a thread."""

    def __init__(self, process: Any, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader) -> None:
        self.stdout: asyncio.StreamReader | None = stdout
        self.stderr: asyncio.StreamReader | None = stderr
        self.pid: int = process.pid
        self._process = process
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._note_end)

    @property
    def returncode(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        code: int | None = self._process.exitcode
        return code

    async def wait(self) -> int:
        """How it ended, once it has."""
        await self._ended.wait()
        code: int = self._process.exitcode
        return code

    def _note_end(self) -> None:
        """Stop watching, as the end is seen once."""
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._ended.set()

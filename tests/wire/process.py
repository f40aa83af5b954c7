"""The bot as a real process, for tests that use sockets and kill it."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.wire.bell import PATIENCE, Bell
from tests.wire.discord import DiscordStandIn
from tests.wire.starting import Start, Started, execute

LAUNCH = Path(__file__).with_name("launch.py")
INHERITED = ("PATH", "HOME")


class BotProcess:
    """Runs `python -m MODULE ARGUMENTS…` in its own directory, and always ends it."""

    def __init__(
        self,
        *arguments: str,
        discord: DiscordStandIn,
        directory: Path,
        environment: Mapping[str, str] | None = None,
        module: str = "bot",
        launcher: Path = LAUNCH,
        start: Start = execute,
        bell: Bell | None = None,
    ) -> None:
        self.directory = directory
        self._start = start
        self._launcher = launcher
        self._arguments = (module, *arguments)
        self._environment = {
            **inherited_environment(),
            "WIRE_DISCORD_BASE": discord.base_url,
            "WIRE_DISCORD_GATEWAY": discord.gateway_url,
            "DISCORD_TOKEN": discord.token,
            **(environment or {}),
        }
        self._bell = bell or Bell()
        self._output = {"stdout": bytearray(), "stderr": bytearray()}
        self._process: Started | None = None
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._process = await self._start(self._launcher, self._arguments, self.directory, self._environment)
        streams = {"stdout": self._process.stdout, "stderr": self._process.stderr}
        for name, stream in streams.items():
            if stream is not None:
                self._readers.append(asyncio.create_task(self._capture(name, stream)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        await self.wait()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._started.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._started.returncode

    @property
    def stdout(self) -> str:
        """Its standard output so far; also in `stdout.log`."""
        return self._output["stdout"].decode(errors="replace")

    @property
    def stderr(self) -> str:
        """Its standard error so far; also in `stderr.log`."""
        return self._output["stderr"].decode(errors="replace")

    def kill(self) -> None:
        """Kill it, as a crash would: it cannot clean up."""
        self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal if it still runs."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)  # asyncio's send_signal() could steal the exit code from its child watcher

    async def terminate(self, *, within: float = 10) -> float:
        """Send SIGTERM, and return the seconds until it ended."""
        began = time.perf_counter()
        self.send(signal.SIGTERM)
        await self.wait(within=within)
        return time.perf_counter() - began

    async def wait(self, *, within: float = PATIENCE) -> int:
        """Its exit code, once it has ended and all output is read."""
        async with asyncio.timeout(within):
            code = await self._started.wait()
            await asyncio.gather(*self._readers)
        return code

    async def wait_for_line(self, text: str, within: float = PATIENCE) -> str:
        """The first complete line, on either output, that contains a text."""
        return await self._bell.until(lambda: self._find_line(text), within=within, what=f"a line with {text!r}")

    def own_rss_mib(self) -> float:
        """The present resident memory of the process without its children, in MiB."""
        return _rss_mib(self.pid)

    def rss_mib(self) -> float:
        """The present resident memory of the process and its children, in MiB."""
        children = [
            int(child)
            for listed in Path(f"/proc/{self.pid}/task").glob("*/children")
            for child in listed.read_text(encoding="ascii").split()
        ]
        return sum(_rss_mib(pid) for pid in (self.pid, *children))

    @property
    def _started(self) -> Started:
        """The process; it exists once this is entered."""
        if self._process is None:
            raise RuntimeError("the process was not started")
        return self._process

    def _find_line(self, text: str) -> str | None:
        """A line of output; raise EOFError if the process ended without it."""
        for said in (self.stdout, self.stderr):
            whole = said[: said.rfind("\n") + 1] if self.is_running else said
            for line in whole.splitlines():
                if text in line:
                    return line
        if not self.is_running:
            raise EOFError(f"ended without {text!r}; it said last:\n{self.stderr[-2000:]}")
        return None

    @property
    def is_running(self) -> bool:
        """Whether there may be more output."""
        return any(not reader.done() for reader in self._readers)

    async def _capture(self, name: str, stream: asyncio.StreamReader) -> None:
        """Store the output."""
        with (self.directory / f"{name}.log").open("ab") as file:
            while data := await stream.read(65536):
                self._output[name] += data
                file.write(data)
                file.flush()
                self._bell.ring()
        asyncio.get_running_loop().call_soon(self._bell.ring)


def inherited_environment() -> dict[str, str]:
    """The parts of the tests' environment that a process gets: the paths, and Python's settings."""
    return {name: value for name, value in os.environ.items() if name in INHERITED or name.startswith("PYTHON")}


def _rss_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024

"""The drawing process, seen from the bot: it gets one request at a time, each with a timeout."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.app.drawing_messages import LENGTH, Outcome, Request, message
from bot.presentation.pictures.fonts import Glyph, Glyphs

DRAWING_TIMEOUT = 5.0
"""Seconds. A process that takes longer for a picture hangs, and is killed."""

START_TIMEOUT = 10.0
"""Seconds until a new process must be ready, also on a busy machine."""

IDLE_TIMEOUT = 30.0
"""Seconds without a request after which the process ends, because it holds 20 MB."""

REST_AFTER_HANG = 10.0
"""Seconds without pictures after a hang, so that cards do not wait for one hang after another."""

ATTEMPTS = 2
"""How often a request is sent if the process dies, because its first death may have another cause."""

WORKER = (sys.executable, "-m", "bot.app.drawing_worker")
ROOT = Path(__file__).parents[2]

INHERITED = ("PATH", "HOME", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "SYSTEMROOT")
"""The environment variables that the process gets. It gets no others, because some hold secrets."""

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
"""Makes the C library return memory to the system after each picture."""

log = logging.getLogger(__name__)


class DrawingProcess:
    """A process that draws. It is started when there is something to draw, and ends when there has been nothing for long."""

    def __init__(
        self,
        command: Sequence[str] = WORKER,
        *,
        timeout: float = DRAWING_TIMEOUT,
        idle_timeout: float = IDLE_TIMEOUT,
    ) -> None:
        """Start `command` when there is something to draw; `timeout` and `idle_timeout` are in seconds."""
        self._command = command
        self._timeout = timeout
        self._idle_timeout = idle_timeout
        self._idling: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._rests_until = 0.0
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The process id; None while there is no process."""
        return self._process.pid if self._process else None

    async def draw(self, svg: str) -> bytes | None:
        """Draw an SVG as a PNG; return None if that fails."""
        return await self._ask(message(Request.DRAW, svg.encode()))

    async def find_glyphs(self, characters: Collection[str]) -> Glyphs:
        """Find characters in the fonts of the host; leave out those that no font has."""
        answer = await self._ask(message(Request.FIND_GLYPHS, "".join(sorted(characters)).encode()))
        return {character: Glyph(*glyph) for character, glyph in json.loads(answer or b"{}").items()}

    async def close(self) -> None:
        """End the process. After this, nothing is drawn."""
        self._is_closed = True
        self._stop_idling()
        await self._end()

    async def _ask(self, request: bytes) -> bytes | None:
        async with self._turn:
            self._stop_idling()
            loop = asyncio.get_running_loop()
            if loop.time() < self._rests_until:
                return None
            for _ in range(ATTEMPTS):
                if self._is_closed:
                    return None
                try:
                    outcome, content = await self._exchange(request)
                except TimeoutError:
                    self._rests_until = loop.time() + REST_AFTER_HANG
                    log.warning("The drawing process hangs and is killed: cards have no pictures for a moment")
                    return None
                except (OSError, EOFError):
                    continue
                self._idling = asyncio.create_task(self._end_when_idle(), name="end the idle drawing process")
                if outcome is Outcome.DONE:
                    return content
                log.warning("The drawing process could not draw a picture: %s", content.decode())
                return None
            log.warning("The drawing process died twice: a card has no picture")
            return None

    async def _exchange(self, request: bytes) -> tuple[Outcome, bytes]:
        """Send a request, and start the process if there is none; raise TimeoutError, or EOFError or OSError if it dies."""
        is_answered = False
        try:
            requests, answers = _pipes(self._process or await self._start())
            async with asyncio.timeout(self._timeout):
                requests.write(request)
                await requests.drain()
                answer = await _read(answers)
            is_answered = True
            return answer
        finally:
            # A late answer would be taken for the answer to the next request.
            if not is_answered:
                await self._end()

    async def _start(self) -> Process:
        environment = ALLOCATOR | {name: os.environ[name] for name in INHERITED if name in os.environ}
        process = self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=ROOT, env=environment
        )
        _, answers = _pipes(process)
        async with asyncio.timeout(START_TIMEOUT):
            await _read(answers)
        return process  # by now close() may have killed it

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._idle_timeout)
        async with self._turn:
            await self._end()

    def _stop_idling(self) -> None:
        if self._idling is not None:
            self._idling.cancel()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def opening_drawer() -> AsyncIterator[DrawingProcess]:
    """Open a drawing process; it ends with the context."""
    drawer = DrawingProcess()
    try:
        yield drawer
    finally:
        await drawer.close()


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    """The pipes to and from a process; raise BrokenPipeError if it has none."""
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    return process.stdin, process.stdout


async def _read(answers: asyncio.StreamReader) -> tuple[Outcome, bytes]:
    """Read an answer; raise EOFError if the process dies before the answer is complete."""
    (length,) = LENGTH.unpack(await answers.readexactly(LENGTH.size))
    answer = await answers.readexactly(length)
    return Outcome(answer[:1]), answer[1:]

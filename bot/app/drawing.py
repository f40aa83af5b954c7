"""The drawing process as the bot sees it: asked one thing at a time, and never waited for in vain."""

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

PATIENCE = 5.0
"""Seconds within which a picture is drawn. A process that takes longer hangs, and is ended."""

PATIENCE_AT_THE_START = 20.0
"""Seconds within which a new process is ready, on a machine that has other things to do."""

ATTEMPTS = 2
"""How often something is asked if the process dies: the first time it may have died of something else."""

WORKER = (sys.executable, "-m", "bot.app.drawing_worker")
ROOT = Path(__file__).parents[2]

INHERITED = ("PATH", "HOME", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "SYSTEMROOT")
"""What the process is told of the environment; the secrets are in there too."""

FRUGAL = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
"""Lets the C library give memory back as soon as a picture is drawn."""

log = logging.getLogger(__name__)


class DrawingProcess:
    """A process that draws: started for the first picture, and anew after it hung or died."""

    def __init__(self, command: Sequence[str] = WORKER, *, patience: float = PATIENCE) -> None:
        """Start `command` when there is something to draw; `patience` is in seconds."""
        self._command = command
        self._patience = patience
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return self._process.pid if self._process else None

    async def draw(self, svg: str) -> bytes | None:
        """Draw an SVG as a PNG; None if that does not succeed."""
        return await self._ask(message(Request.DRAW, svg.encode()))

    async def find_glyphs(self, characters: Collection[str]) -> Glyphs:
        """Find characters in the fonts of the host; those that none has are left out."""
        answer = await self._ask(message(Request.FIND_GLYPHS, "".join(sorted(characters)).encode()))
        return {character: Glyph(*glyph) for character, glyph in json.loads(answer or b"{}").items()}

    async def close(self) -> None:
        """End the process for good."""
        self._is_closed = True
        await self._end()

    async def _ask(self, request: bytes) -> bytes | None:
        async with self._turn:
            for _ in range(0 if self._is_closed else ATTEMPTS):
                try:
                    outcome, content = await self._exchange(request)
                except TimeoutError:
                    log.warning("The drawing process hangs, and is ended: a card has no picture")
                    return None
                except (OSError, EOFError):
                    continue
                if outcome is Outcome.DONE:
                    return content
                log.warning("The drawing process could not draw a picture: %s", content.decode())
                return None
            log.warning("The drawing process does not live long enough to draw: a card has no picture")
            return None

    async def _exchange(self, request: bytes) -> tuple[Outcome, bytes]:
        """Ask the process, which is started if there is none; raise TimeoutError, or EOFError or OSError if it dies."""
        is_answered = False
        try:
            requests, answers = _pipes(self._process or await self._start())
            async with asyncio.timeout(self._patience):
                requests.write(request)
                await requests.drain()
                answer = await _read(answers)
            is_answered = True
            return answer
        finally:
            # What was asked and not answered would be the answer to the next question.
            if not is_answered:
                await self._end()

    async def _start(self) -> Process:
        environment = FRUGAL | {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=ROOT, env=environment
        )
        _, answers = _pipes(self._process)
        async with asyncio.timeout(PATIENCE_AT_THE_START):
            await _read(answers)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def opening_drawer() -> AsyncIterator[DrawingProcess]:
    """Draw for as long as the context lasts."""
    drawer = DrawingProcess()
    try:
        yield drawer
    finally:
        await drawer.close()


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    """The ways to a process and back; raise BrokenPipeError if it was started without them."""
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    return process.stdin, process.stdout


async def _read(answers: asyncio.StreamReader) -> tuple[Outcome, bytes]:
    """Read an answer; raise EOFError if the process dies before it is whole."""
    (length,) = LENGTH.unpack(await answers.readexactly(LENGTH.size))
    answer = await answers.readexactly(length)
    return Outcome(answer[:1]), answer[1:]

"""The drawing process as the bot starts it, and what happens if it hangs or dies."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app.drawing import ROOT, WORKER, DrawingProcess
from bot.presentation.pictures.png import render
from tests.presentation.bodies import odd
from tests.presentation.pictures.reading import picture_of
from tests.wire.in_process import until

SVG = picture_of("code", odd("whole_shares")).svg
READY = r"import os, sys, time; os.write(1, b'\0\0\0\1+'); "
SECONDS = 10


@asynccontextmanager
async def drawing(
    command: Sequence[str] = WORKER, *, seconds: float = SECONDS, idle: float = SECONDS
) -> AsyncIterator[DrawingProcess]:
    """Open a drawing process, and close it at the end."""
    drawer = DrawingProcess(command, timeout=seconds, idle_timeout=idle)
    try:
        yield drawer
    finally:
        await drawer.close()


def python(code: str) -> Sequence[str]:
    """The command of a process that says it is ready, and then runs other code."""
    return (sys.executable, "-I", "-S", "-c", READY + code)


def is_running(pid: int | None) -> bool:
    """Whether a process exists."""
    return pid is not None and Path(f"/proc/{pid}").exists()


class TestDrawing:
    async def test_pictures_come_from_one_process(self) -> None:
        """It is started for the first picture, draws one at a time, and ends when the drawer is closed."""
        async with drawing() as drawer:
            assert drawer.pid is None
            first = await drawer.draw(SVG)
            pid = drawer.pid
            others = await asyncio.gather(*(drawer.draw(SVG) for _ in range(3)))
            assert ({first}, pid) == (set(others), drawer.pid)
            assert render(SVG) == first
            assert await drawer.draw("<svg") is None
            assert (first, pid) == (await drawer.draw(SVG), drawer.pid)
        assert not is_running(pid)
        assert await drawer.draw(SVG) is None
        assert drawer.pid is None

    async def test_characters_are_found_in_the_fonts_of_the_host(self) -> None:
        """A character that no font has is left out."""
        async with drawing() as drawer:
            found = await drawer.find_glyphs({"\U0010fffd", "א"})
            assert {"א"} >= set(found)

    async def test_killed_process_is_started_again(self) -> None:
        """A kill between two pictures costs no picture."""
        async with drawing() as drawer:
            first = await drawer.draw(SVG)
            killed = drawer.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            assert first == await drawer.draw(SVG)
            assert killed != drawer.pid

    async def test_process_without_work_ends(self) -> None:
        """It gives back its memory, and is started again for the next picture."""
        async with drawing(idle=0.05) as drawer:
            first = await drawer.draw(SVG)
            ended = drawer.pid
            assert ended is not None
            await until(lambda: drawer.pid is None)
            await until(lambda: not is_running(ended))
            assert first == await drawer.draw(SVG)

    async def test_process_ends_with_the_bot_however_that_ends(self) -> None:
        """It ignores SIGINT and SIGTERM, and ends when its pipe is closed."""
        process = await asyncio.create_subprocess_exec(
            *WORKER, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert b"\0\0\0\1+" == await process.stdout.readexactly(5)
        for number in (signal.SIGINT, signal.SIGTERM):
            process.send_signal(number)
        process.stdin.write(b"\0\0\0\1G")
        assert b"\0\0\0\3+{}" == await process.stdout.readexactly(7)
        process.stdin.close()
        assert 0 == await asyncio.wait_for(process.wait(), SECONDS)


class TestTrouble:
    async def test_process_that_hangs_is_ended(self, caplog: pytest.LogCaptureFixture) -> None:
        """It costs one picture, and the request is not repeated."""
        async with drawing(python("time.sleep(60)"), seconds=0.2) as drawer:
            asking = asyncio.create_task(drawer.draw(SVG))
            await until(lambda: drawer.pid is not None)
            pid = drawer.pid
            assert await asking is None
            assert not is_running(pid)
            assert 1 == len([record for record in caplog.records if "hangs" in record.message])

    @pytest.mark.parametrize("command", [python("sys.stdin.buffer.read(4)"), (sys.executable, "-c", ""), ("/nowhere",)])
    async def test_process_that_dies_twice_costs_a_picture(self, command: Sequence[str], tmp_path: Path) -> None:
        """While drawing, at the start, or because it does not exist: there is no picture, and no error."""
        async with drawing(command) as drawer:
            assert (None, {}) == (await drawer.draw(SVG), await drawer.find_glyphs("א"))
            assert drawer.pid is None

    async def test_cancelled_request_leaves_no_answer_behind(self) -> None:
        """The next request would take it for its own answer."""
        async with drawing() as drawer:
            first = await drawer.draw(SVG)
            leaving = asyncio.create_task(drawer.find_glyphs("א"))
            await asyncio.sleep(0)
            leaving.cancel()
            await asyncio.wait({leaving})
            assert first == await drawer.draw(SVG)

    async def test_closed_drawer_starts_no_process(self) -> None:
        """Not even for the request that it was at."""
        async with drawing(python("time.sleep(60)"), seconds=60) as drawer:
            waiting = asyncio.create_task(drawer.draw(SVG))
            await until(lambda: drawer.pid is not None)
            await drawer.close()
            assert (None, None) == (await waiting, drawer.pid)

    async def test_process_gets_no_secrets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It inherits what Python needs to run, but not the bot's settings."""
        for name in ("DISCORD_TOKEN", "OPENROUTER_API_KEY", "DATABASE_URL"):
            monkeypatch.setenv(name, "secret")
        tell = "told = repr(dict(os.environ)).encode(); os.write(1, (len(told) + 1).to_bytes(4, 'big') + b'+' + told)"
        async with drawing(python(f"{tell}; time.sleep(60)")) as drawer:
            told = await drawer.draw(SVG)
        assert told is not None
        assert (True, False) == (b"PATH" in told, b"secret" in told)

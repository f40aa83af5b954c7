"""A database that cannot be used: one clear line, an exit code, and no plan or post lost."""

import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.plays import HURRY, POSTS, Life, live
from tests.faults.stage import Stage, open_stage
from tests.faults.verdict import FINE, judge
from tests.wire.faults import Fault


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path / "stage") as opened:
        await opened.add_parts(3)
        yield opened


async def complaint_of(stage: Stage, **environment: str) -> str:
    """What a process says last, before it ends by itself; it says nothing else of its database."""
    async with stage.bot(**environment) as process:
        code = await process.wait()
    *before, last = process.stderr.splitlines()
    assert 1 == code
    assert "Traceback" not in before
    return last


async def test_file_that_is_no_database(stage: Stage) -> None:
    """It is left as it is, for whoever can repair it."""
    spoilt = b"spoilt" * 1000 + stage.file.read_bytes()[6000:]
    stage.file.write_bytes(spoilt)

    assert "The database cannot be used (file is not a database)" in await complaint_of(stage)
    assert spoilt == stage.file.read_bytes()


async def test_file_that_is_damaged_inside(stage: Stage) -> None:
    """Its first page is whole, and the others are not."""
    whole = stage.file.read_bytes()
    stage.file.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))

    assert "The database cannot be used (database disk image is malformed)" in await complaint_of(stage)


async def test_file_that_is_read_only(stage: Stage) -> None:
    """Nothing is posted that could not be entered."""
    url = stage.url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    said = await complaint_of(stage, DATABASE_URL=url)

    assert "The database cannot be used (attempt to write a readonly database)" in said
    assert [] == stage.discord.find_requests("POST", POSTS)

    await live(stage, Life())
    assert {FINE: 3} == dict((await judge(stage)).counts)


async def test_disk_that_is_full_at_the_start(stage: Stage) -> None:
    """One line; with room again, all is posted."""
    assert "The database cannot be used (" in await complaint_of(stage, FAULTS_LARGEST="4096")

    await live(stage, Life())
    assert {FINE: 3} == dict((await judge(stage)).counts)


async def test_disk_that_is_full_while_posts_are_under_way(stage: Stage) -> None:
    """The bot goes on, says so without filling its log, and enters the posts once there is room again."""
    await stage.add_parts(5)

    def fill(_: object) -> None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    async with stage.bot(**HURRY, FAULTS_LARGEST=str(2**30)) as process:
        stage.discord.arm("POST", POSTS, Fault.on_accepted(fill), after=2)
        await process.wait_for_line("The database cannot be used")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await stage.settle(process)
        await process.terminate()

    assert {FINE: 8} == dict((await judge(stage)).counts)
    assert "Traceback" not in process.stderr
    assert len(process.stderr.splitlines()) < 50

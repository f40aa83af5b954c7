"""A database that cannot be used: one clear line, an exit code, and no lost plan or post."""

import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.results import FINE, check_posts
from tests.faults.sandbox import Sandbox, open_sandbox
from tests.faults.scenarios import FAST, POSTS, Run, run_bot
from tests.wire.faults import Fault


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with open_sandbox(tmp_path / "sandbox") as opened:
        await opened.add_plans(3)
        yield opened


async def complaint_of(sandbox: Sandbox, **environment: str) -> str:
    """The last line that a process logs before it exits by itself with code 1."""
    async with sandbox.bot(**environment) as process:
        code = await process.wait()
    *before, last = process.stderr.splitlines()
    assert 1 == code
    assert "Traceback" not in before
    return last


async def test_file_that_is_no_database(sandbox: Sandbox) -> None:
    """The file stays unchanged, so that it can be repaired."""
    spoilt = b"spoilt" * 1000 + sandbox.file.read_bytes()[6000:]
    sandbox.file.write_bytes(spoilt)

    assert "The database cannot be used (file is not a database)" in await complaint_of(sandbox)
    assert spoilt == sandbox.file.read_bytes()


async def test_file_that_is_damaged_inside(sandbox: Sandbox) -> None:
    """The first page is intact, and the others are not."""
    whole = sandbox.file.read_bytes()
    sandbox.file.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))

    assert "The database cannot be used (database disk image is malformed)" in await complaint_of(sandbox)


async def test_file_that_is_read_only(sandbox: Sandbox) -> None:
    """Nothing is posted that could not be recorded."""
    url = sandbox.url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    said = await complaint_of(sandbox, DATABASE_URL=url)

    assert "The database cannot be used (attempt to write a readonly database)" in said
    assert [] == sandbox.discord.find_requests("POST", POSTS)

    await run_bot(sandbox, Run())
    assert {FINE: 3} == dict((await check_posts(sandbox)).counts)


async def test_disk_that_is_full_at_the_start(sandbox: Sandbox) -> None:
    """The bot logs one line; once there is room again, it posts everything."""
    assert "The database cannot be used (" in await complaint_of(sandbox, FAULTS_LARGEST="4096")

    await run_bot(sandbox, Run())
    assert {FINE: 3} == dict((await check_posts(sandbox)).counts)


async def test_disk_that_is_full_while_posts_are_under_way(sandbox: Sandbox) -> None:
    """The bot keeps running, logs few lines, and records the posts once there is room again."""
    await sandbox.add_plans(5)

    def fill(_: object) -> None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    async with sandbox.bot(**FAST, FAULTS_LARGEST=str(2**30)) as process:
        sandbox.discord.arm("POST", POSTS, Fault.on_accepted(fill), after=2)
        await process.wait_for_line("The database cannot be used")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await sandbox.wait_settled(process)
        await process.terminate()

    assert {FINE: 8} == dict((await check_posts(sandbox)).counts)
    assert "Traceback" not in process.stderr
    assert len(process.stderr.splitlines()) < 50

"""The demo as users start it: a process that prints an address, serves a page, and ends at Ctrl-C."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import discord
import simcord

from bot.app.bot import RankingsBot, Shards
from bot.app.gallery import Gallery
from bot.operations.demo import MORNING, Room, furnish
from bot.operations.sample import SampleMarket
from bot.running import open_autoposts
from bot.storage.database import open_database
from tests.fakes.drawer import FakeDrawer
from tests.wire.process import inherited_environment

NOW = datetime(2026, 9, 8, tzinfo=UTC) + MORNING
"""The morning after the sample's newest day."""


@asynccontextmanager
async def demo(directory: Path, *, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The demo, in a directory without settings."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot", "demo", "--port", str(port)),
        cwd=directory,
        env=inherited_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def visit(address: str) -> tuple[int, str]:
    """Open the page as a browser does, with the content that it loads."""
    origin, _, secret = address.partition("#")
    async with aiohttp.ClientSession(origin) as session, session.get("/") as page:
        headers = {"X-Simcord-Capability": secret}
        async with session.post("/api/pages", json={}, headers=headers) as shown:
            return page.status, await shown.text()


def files_in(folder: Path) -> list[Path]:
    """What a process left in its directory."""
    return list(folder.iterdir())


@asynccontextmanager
async def furnished() -> AsyncIterator[Room]:
    """The demo's simulated Discord, at the sample's time."""
    async with open_database("sqlite://") as database:
        gallery = Gallery(SampleMarket(), drawer=FakeDrawer(), clock=lambda: NOW)
        bot = RankingsBot(gallery=gallery, shards=Shards(1))
        bot.autoposts = open_autoposts(bot, database, clock=gallery.clock)
        with closing(gallery):
            async with simcord.run(bot) as env:
                yield await furnish(env, bot, notice="A notice.")
                await bot.close()


async def test_todays_post_is_there_with_three_things_to_try() -> None:
    """It is an ordinary post, dated by the sample's own day: `/autopost list` has it, and its button answers."""
    async with furnished() as room:
        post, invitation = room.channel.history()
        admin, _ = room.viewers
        listed = await admin.slash(room.channel, "autopost list")
        explained = await admin.click(post, label="How to read this")
    assert listed.response is not None
    assert explained.response is not None

    assert [("Rankings Bot", NOW), ("Demo guide", NOW)] == [
        (each.author.name, each.created_at) for each in (post, invitation)
    ]
    assert "What models are used for, 7 Sep: Classification leads with 23.7 %, up 0.6 points" == post.content
    assert ["overview-requests-2026-09-07.png"] == [file.filename for file in post.attachments]
    heading, *lines, _, notice = invitation.content.splitlines()
    assert ("A notice.", "Three things to try:") == (notice, heading)
    assert ["1. ", "2. ", "3. "] == [line[:3] for line in lines]
    assert ["How to read this"] == [embed.title for embed in explained.response.embeds]
    plan = str(listed.response.embeds[0].description)
    assert f"/{post.id})" in plan
    assert f"next {discord.utils.format_dt(NOW + timedelta(days=1), 'R')}" in plan


async def test_demo_shows_a_page_until_it_is_interrupted(tmp_path: Path) -> None:
    """The page is only on this machine and shows the notice; Ctrl-C ends it soon."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with demo(tmp_path, port=port) as process, asyncio.timeout(20):
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().strip().removeprefix("The demo is at ")
        status, shown = await visit(address)
        began = time.perf_counter()
        process.send_signal(signal.SIGINT)
        _, complaints = await process.communicate()
        seconds = time.perf_counter() - began

    assert address.startswith(f"http://127.0.0.1:{port}/")
    assert 200 == status
    assert "real data from OpenRouter, as of 2026-09-07" in shown
    assert "/rankings code" in shown
    assert "Classification leads with" in shown
    assert '"avatar_available":true' in shown.replace(" ", "")
    assert ("Rankings Bot" in shown, "TestBot" in shown) == (True, False)
    assert (0, b"") == (process.returncode, complaints)
    assert seconds < 2, f"the end took {seconds:.1f} s"
    assert [] == files_in(tmp_path), "sample days never enter an archive: the demo writes no database"


async def test_taken_port_is_one_line_and_exit_code_two(tmp_path: Path) -> None:
    """Whoever starts a second demo reads how to choose another port."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        async with demo(tmp_path, port=port) as process, asyncio.timeout(20):
            said, complaints = await process.communicate()

    assert (2, b"") == (process.returncode, said)
    (line,) = complaints.decode().splitlines()
    assert line.startswith(f"The demo cannot use port {port}")
    assert line.endswith("choose another with PORT=.")

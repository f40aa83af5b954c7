"""Fixtures of the tests of the cogs: a clock that moves, and a server with a moderator."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import discord
import pytest

from bot.app.gallery import CardMaker, Gallery, Market
from bot.storage.database import Database, open_database
from tests.cogs.autoposts import Autoposts
from tests.cogs.scene import NOON, Scene
from tests.fakes.clock import FakeClock
from tests.fakes.drawer import FakeDrawer


@pytest.fixture
def clock() -> FakeClock:
    """Noon, until the test moves it."""
    return FakeClock(NOON)


@pytest.fixture
def gallery(market: Market, make: CardMaker, clock: FakeClock) -> Iterator[Gallery]:
    """The cards of the market by the moving clock. Their pictures have their own tests."""
    with closing(Gallery(market, drawer=FakeDrawer(), clock=clock, make=make)) as opened:
        yield opened


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database file: an in-memory one would not survive a poster that is stopped during its work."""
    async with open_database(f"sqlite:///{tmp_path / 'rankings.db'}") as opened:
        yield opened


@pytest.fixture
def autoposts(scene: Scene, clock: FakeClock, database: Database) -> Autoposts:
    """A server whose moderator may manage it, mention roles and publish."""
    guild = scene.asker.guild
    permissions = discord.Permissions(manage_guild=True, manage_messages=True, mention_everyone=True)
    may_manage = guild.create_role("Moderators", permissions=permissions)
    moderator = guild.add_member(scene.env.create_user("moderator"), roles=[may_manage])
    return Autoposts(
        scene=scene, guild=guild, moderator=moderator, clock=clock, database=database, channel=scene.channel
    )

"""Another process locks the database: the real process acknowledges in time, and answers once it can."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import discord
import pytest
import sqlalchemy as sa

from bot.autopost.plans import PlanRequest
from bot.autopost.schedule import Schedule
from bot.market.boards import Board
from bot.storage.database import Database, open_database
from bot.storage.plan_store import PlanStore
from tests.fakes.postgres import IS_INSTALLED, PostgresServer
from tests.real_run import World, open_world
from tests.wire.interactions import InteractionAnswer
from tests.wire.openrouter import OpenRouterStandIn
from tests.wire.starting import fork
from tests.wire.values import User

POSTS = "/channels/*/messages"
THINKING = 5
IN_TIME = 3.0
"""Seconds that Discord waits; the lock is held until everything is acknowledged."""

MANAGER = discord.Permissions(manage_guild=True).value


@dataclass
class Scene:
    """A process with a plan for midnight, number 1, and its moderator."""

    world: World
    moderator: User
    database: Database

    async def begin(self, command: str, **options: object) -> InteractionAnswer:
        """Send `/autopost COMMAND`, and return once it is acknowledged, which must be in time."""
        return await self._acknowledged(self._event(command, options))

    async def click(self, shown: InteractionAnswer) -> InteractionAnswer:
        """Click Post now, and return once the click is acknowledged."""
        click = self.world.discord.component_click(shown.message, "autopost:post:1", user=self.moderator)
        return await self._acknowledged(click)

    async def ask(self, command: str, **options: object) -> InteractionAnswer:
        """Send `/autopost COMMAND`, and return its answer."""
        return await self.world.discord.interact(self._event(command, options))

    async def offered(self) -> list[str]:
        """The plans that autocomplete offers, in time."""
        typed = self.world.discord.autocomplete(
            "autopost", "remove", focused="autopost", user=self.moderator, channel=self.world.channel
        )
        answer = await self.world.discord.interact(typed, within=IN_TIME)
        return [choice["value"] for choice in answer.choices]

    async def state(self) -> str:
        """The plan's state in the database."""
        (plan,) = await PlanStore(self.database).load_guild(self.world.channel.guild_id or 0)
        return plan.state.value

    async def until_idle(self) -> None:
        """Wait until the poster has looked at the plan and is idle."""
        async with asyncio.timeout(10):
            while await PlanStore(self.database).load_due(datetime.now(UTC), limit=1):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)

    async def _acknowledged(self, event: dict[str, Any]) -> InteractionAnswer:
        answer = await self.world.discord.begin(event)
        await self.world.discord.settled(answer, when=lambda one: one.type != 0, within=IN_TIME)
        assert (THINKING, True) == (answer.type, answer.message.ephemeral)
        return answer

    def _event(self, command: str, options: Mapping[str, object]) -> dict[str, Any]:
        return self.world.discord.slash_command(
            "autopost", command, user=self.moderator, channel=self.world.channel, options=options
        )


@asynccontextmanager
async def open_scene(directory: Path, url: str) -> AsyncIterator[Scene]:
    """A scene; the process is idle when the block begins."""
    async with open_world(directory) as world, open_database(url) as database:
        guild = world.discord.world.guilds[world.channel.guild_id or 0]
        moderator = world.discord.world.add_member(guild, name="moderator", permissions=MANAGER)
        scene = Scene(world, moderator, database)
        request = PlanRequest(
            guild_id=guild.id, channel_id=world.channel.id, board=Board.parse("code"), schedule=Schedule(time(0))
        )
        await PlanStore(database).add(request, now=datetime.now(UTC))
        async with world.start(fork, DATABASE_URL=url) as process:
            await process.wait_for_line("Ready as")
            await world.openrouter.wait_for_request("GET", OpenRouterStandIn.models_path)
            await scene.until_idle()
            yield scene
            await process.terminate()
        assert "Traceback" not in process.stderr


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process holds SQLite's write lock while the block runs."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_commands_and_clicks_while_another_process_writes(tmp_path: Path) -> None:
    """Reads answer at once; writes are acknowledged, wait for the lock, and then succeed."""
    file = tmp_path / "rankings.db"
    async with open_scene(tmp_path, f"sqlite:///{file}") as scene:
        preview = await scene.ask("preview", autopost="1")
        with locked(file):
            changes = [await scene.click(preview), await scene.begin("pause", autopost="1")]
            listed = await scene.ask("list")
            offered = await scene.offered()
            held = [await scene.state(), *(change.is_complete for change in changes)]
            posts = scene.world.discord.find_requests("POST", POSTS)
        click, pause = [await scene.world.discord.settled(change) for change in changes]

        assert "**#1**" in listed.message.embeds[0]["description"]
        assert ["1"] == offered
        assert (["active", False, False], []) == (held, posts)
        assert "Posted to" in click.message.content
        assert ("Paused the autopost" in pause.message.content, "paused") == (True, await scene.state())
        assert 1 == len(scene.world.discord.messages.in_channel(scene.world.channel))


@pytest.mark.skipif(not IS_INSTALLED, reason="there is no PostgreSQL on this machine")
async def test_commands_while_the_plans_are_locked_on_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    """Autocomplete offers nothing rather than too late; a command waits, and later all works."""
    async with open_scene(tmp_path, postgres.empty_database()) as scene:
        async with scene.database.transaction() as connection:
            await connection.execute(sa.text("LOCK TABLE plans IN ACCESS EXCLUSIVE MODE"))
            listing = await scene.begin("list")
            assert [] == await scene.offered()
        listed = await scene.world.discord.settled(listing)

        assert "**#1**" in listed.message.embeds[0]["description"]
        assert ["1"] == await scene.offered()

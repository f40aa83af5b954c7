"""The bot as Discord's application: it registers its commands, but only when they are others than before."""

from collections.abc import Awaitable, Callable

import discord
import pytest
import simcord
from discord import app_commands

from bot.app.bot import RankingsBot
from tests.cogs.scene import Scene, Sent
from tests.discord_description import Operation


def registrations_in(sent: list[Sent]) -> list[list[str]]:
    """The names of the commands, for each time that they were registered."""
    puts = [request for request in sent if request.operation is Operation.REGISTER_COMMANDS]
    return [sorted(command["name"] for command in put.body) for put in puts]


async def test_first_start_registers_all_commands_at_once(simcord_env: simcord.Env, sent: list[Sent]) -> None:
    """One bulk overwrite, as Discord allows only so many single ones a day."""
    (names,) = registrations_in(sent)

    assert {"about", "rankings"} <= set(names)
    assert [] == [request for request in sent if request.method == "POST" and request.path.endswith("/commands")]


async def test_next_start_registers_nothing(scene: Scene) -> None:
    """Discord knows what was registered."""
    await scene.restart()
    await scene.restart()

    assert 1 == len(registrations_in(scene.sent))


async def test_changed_commands_are_registered_anew(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new version that brings a command registers it, and is quiet again at its next start."""
    monkeypatch.setattr(RankingsBot, "load_cogs", loading_one_more(RankingsBot.load_cogs))
    await scene.restart()
    await scene.restart()
    before, after = registrations_in(scene.sent)

    assert {"news"} == set(after) - set(before)


async def test_refused_registration_is_not_taken_for_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Discord did not take is registered at the next start, and the bot starts nevertheless."""
    monkeypatch.setattr(RankingsBot, "load_cogs", loading_one_more(RankingsBot.load_cogs))
    scene.env.inject_error("PUT", "/applications/*/commands", status=500)
    for _ in range(3):
        await scene.restart()

    assert 3 == len(registrations_in(scene.sent))


@app_commands.command(description="What is new")
async def news(interaction: discord.Interaction) -> None: ...


def loading_one_more(load: Callable[[RankingsBot], Awaitable[None]]) -> Callable[[RankingsBot], object]:
    """The step of the start at which commands are loaded, in a version that has one more."""

    def load_more(bot: RankingsBot) -> Awaitable[None]:
        bot.tree.add_command(news)
        return load(bot)

    return load_more

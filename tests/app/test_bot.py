"""Registration of the commands: at the first start, and again only if they have changed."""

from collections.abc import Awaitable, Callable

import discord
import pytest
import simcord
from discord import app_commands

from bot.app.bot import RankingsBot
from tests.cogs.scene import Scene, Sent
from tests.discord_description import Operation


def registrations_in(sent: list[Sent]) -> list[list[str]]:
    """The names of the commands in each registration."""
    puts = [request for request in sent if request.operation is Operation.REGISTER_COMMANDS]
    return [sorted(command["name"] for command in put.body) for put in puts]


async def test_first_start_registers_all_commands_at_once(simcord_env: simcord.Env, sent: list[Sent]) -> None:
    """One bulk overwrite, because Discord limits the single registrations per day."""
    (names,) = registrations_in(sent)

    assert {"about", "rankings"} <= set(names)
    assert [] == [request for request in sent if request.method == "POST" and request.path.endswith("/commands")]


async def test_next_start_registers_nothing(scene: Scene) -> None:
    """The registered commands are up to date."""
    await scene.restart()
    await scene.restart()

    assert 1 == len(registrations_in(scene.sent))


async def test_changed_commands_are_registered_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version with a new command registers it once; its next start registers nothing."""
    monkeypatch.setattr(RankingsBot, "load_cogs", loading_one_more(RankingsBot.load_cogs))
    await scene.restart()
    await scene.restart()
    before, after = registrations_in(scene.sent)

    assert {"news"} == set(after) - set(before)


async def test_refused_registration_is_repeated_at_the_next_start(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord refuses the commands: the bot starts all the same, and registers them at the next start."""
    monkeypatch.setattr(RankingsBot, "load_cogs", loading_one_more(RankingsBot.load_cogs))
    scene.env.inject_error("PUT", "/applications/*/commands", status=500)
    for _ in range(3):
        await scene.restart()

    assert 3 == len(registrations_in(scene.sent))


@app_commands.command(description="What is new")
async def news(interaction: discord.Interaction) -> None: ...


def loading_one_more(load: Callable[[RankingsBot], Awaitable[None]]) -> Callable[[RankingsBot], object]:
    """`load_cogs` of a version with one more command."""

    def load_more(bot: RankingsBot) -> Awaitable[None]:
        bot.tree.add_command(news)
        return load(bot)

    return load_more

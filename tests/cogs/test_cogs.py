"""Rules for every cog: its commands are described, it can be unloaded, and it works wherever it should."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import discord
import pytest
import simcord
from discord import app_commands
from discord.ext import commands

import cogs
from bot.app.bot import COGS, RankingsBot
from tests.cogs.scene import Scene
from tests.discord_description import Operation

GUILD, BOT_DM, PRIVATE_CHANNEL = 0, 1, 2
GUILD_INSTALL, USER_INSTALL = 0, 1
SUBCOMMANDS = (1, 2)
UNDESCRIBED = "…"
"""What discord.py sends for a missing description."""

WITHOUT_COG = {"cogs.cards": (), "cogs.trends": ("movers", "history", "compare", "digest")}
"""Files with controls only, or with subcommands for the group of another file: for `cogs/rankings.py`."""

BUILT_ON = {"cogs.rankings": ("cogs.trends",)}
"""Files that add to the commands of another file."""

CogFiles = tuple(sorted(f"cogs.{found.name}" for found in pkgutil.iter_modules(cogs.__path__)))
AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group


@pytest.fixture
def registered(scene: Scene) -> dict[str, Mapping[str, Any]]:
    """The commands by name, as the bot registers them."""
    (put,) = [request for request in scene.sent if request.operation is Operation.REGISTER_COMMANDS]
    return {command["name"]: command for command in put.body}


def parts_of(command: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A command, its subcommands and all their options, each with its path."""
    own = f"{path}/{command['name']}"
    yield own, command
    for option in command.get("options", ()):
        yield from parts_of(option, own)


def test_every_file_is_loaded() -> None:
    """No cog is forgotten."""
    assert CogFiles == tuple(sorted(COGS))


@pytest.mark.parametrize("name", CogFiles)
async def test_setup_and_teardown_are_a_pair(simcord_env: simcord.Env, name: str) -> None:
    """Unloading a cog removes its commands and clicks, and loading restores them."""
    bot = simcord_env.bot
    assert isinstance(bot, RankingsBot)
    whole = abilities_of(bot)
    await bot.unload_extension(name)
    assert whole > abilities_of(bot)

    await bot.load_extension(name)
    for other in BUILT_ON.get(name, ()):
        await bot.reload_extension(other)
    assert whole == abilities_of(bot)


async def test_without_cogs_nothing_is_left(simcord_env: simcord.Env) -> None:
    """No command and no click."""
    bot = simcord_env.bot
    assert isinstance(bot, RankingsBot)
    for name in COGS:
        await bot.unload_extension(name)

    assert set() == abilities_of(bot)


def abilities_of(bot: RankingsBot) -> set[str]:
    """What a bot responds to: the names of commands, and the patterns of `custom_id`s."""
    clicks = {pattern.pattern for pattern in bot._connection._view_store._dynamic_items}
    return {command.qualified_name for command in bot.tree.walk_commands()} | clicks


@pytest.mark.parametrize("name", [name for name in CogFiles if name not in WITHOUT_COG])
def test_one_word_names_file_class_and_command(name: str) -> None:
    """`cogs/rankings.py` has `class Rankings` and `/rankings`."""
    word = name.rpartition(".")[2]
    module = importlib.import_module(name)
    cog = getattr(module, word.capitalize())

    assert issubclass(cog, commands.Cog)
    assert [word] == [command.name for command in commands_of(cog())]


@pytest.mark.parametrize(("name", "subcommands"), WITHOUT_COG.items())
async def test_file_without_a_cog_adds_only_controls_or_subcommands(
    simcord_env: simcord.Env, name: str, subcommands: tuple[str, ...]
) -> None:
    """Of `/rankings`; they go and come with the file."""
    bot = simcord_env.bot
    assert isinstance(bot, RankingsBot)
    whole = abilities_of(bot)
    await bot.unload_extension(name)
    gone = {ability for ability in whole - abilities_of(bot) if ability.startswith("rankings")}
    assert {f"rankings {subcommand}" for subcommand in subcommands} == gone


def commands_of(cog: commands.Cog) -> list[AnyCommand]:
    """The commands of a cog: its group, or its single commands."""
    return [cog.app_command] if isinstance(cog.app_command, app_commands.Group) else cog.get_app_commands()


async def test_everything_is_described(registered: dict[str, Mapping[str, Any]]) -> None:
    """Each command and option has a description within Discord's limit."""
    described = {path: part["description"] for command in registered.values() for path, part in parts_of(command)}

    assert [] == [path for path, description in described.items() if description.strip() in ("", UNDESCRIBED)]
    assert [] == [path for path, description in described.items() if len(description) > 100]


async def test_rankings_has_every_command_with_its_options(registered: dict[str, Mapping[str, Any]]) -> None:
    """Each has a metric with two choices; what names a board has autocomplete."""
    subcommands = {command["name"]: command for command in registered["rankings"]["options"]}
    options = {name: {option["name"]: option for option in one["options"]} for name, one in subcommands.items()}

    categories = {"code", "data", "agent", "general"}
    assert {"overview", *categories, "task", "model", *WITHOUT_COG["cogs.trends"]} == set(subcommands)
    for name in subcommands:
        metric = options[name]["metric"]
        assert (False, ["requests", "tokens"]) == (metric["required"], [one["value"] for one in metric["choices"]])
    required = {"task": ["task"], "model": ["model"], "history": ["board"], "compare": ["first", "second"]}
    optional = {"movers": ["of"], "compare": ["third", "fourth"]}
    for is_required, named in ((True, required), (False, optional)):
        for option in (options[command][name] for command, names in named.items() for name in names):
            assert (is_required, True) == (option["required"], option["autocomplete"])
    assert [7, 14, 28] == [choice["value"] for choice in options["movers"]["period"]["choices"]]
    days = options["history"]["days"]
    assert (False, 7, 1825) == (days["required"], days["min_value"], days["max_value"])


@pytest.mark.parametrize("name", ["rankings", "about"])
async def test_command_works_everywhere(registered: dict[str, Mapping[str, Any]], name: str) -> None:
    """In servers, in direct messages, and as a user install."""
    command = registered[name]

    assert [GUILD, BOT_DM, PRIVATE_CHANNEL] == sorted(command["contexts"])
    assert [GUILD_INSTALL, USER_INSTALL] == sorted(command["integration_types"])


async def test_bot_asks_for_no_intent_and_mentions_nobody(simcord_env: simcord.Env) -> None:
    """Commands, clicks and posts by channel id need no intents."""
    assert discord.Intents.none() == simcord_env.bot.intents
    assert simcord_env.bot.allowed_mentions is not None
    assert [] == simcord_env.bot.allowed_mentions.to_dict()["parse"]

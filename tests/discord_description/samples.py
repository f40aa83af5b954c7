"""Bodies as discord.py makes them, to test the validator with."""

import io
import json
from typing import Any

import discord
from discord import app_commands
from discord.http import MultipartParameters

MENTIONS_OFF = discord.AllowedMentions.none()
CHART = "code.png"


def sent(parameters: MultipartParameters) -> tuple[Any, list[str]]:
    """The body and the names of the files, as they are sent."""
    files = [file.filename for file in parameters.files or ()]
    if not parameters.multipart:
        return parameters.payload, files
    return json.loads(parameters.multipart[0]["value"]), files


def embed() -> discord.Embed:
    """An embed that uses every part."""
    card = discord.Embed(title="Code", description="12.2 %", url="https://openrouter.ai/rankings", colour=0x3366CC)
    card.add_field(name="1  Code Generation", value="4.0 %", inline=False)
    card.set_author(name="OpenRouter", url="https://openrouter.ai", icon_url="https://openrouter.ai/favicon.ico")
    card.set_image(url=f"attachment://{CHART}")
    card.timestamp = discord.utils.snowflake_time(1_400_000_000_000_000_000)
    return card.set_footer(text="Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31.")


def view() -> discord.ui.View:
    """A select and a row of buttons."""
    controls = discord.ui.View(timeout=None)
    options = [
        discord.SelectOption(label=name, value=name.lower(), description=f"Tasks of {name}", default=name == "Code")
        for name in ("Code", "Data", "Agent")
    ]
    controls.add_item(discord.ui.Select(custom_id="pick", placeholder="Category", options=options, row=0))
    controls.add_item(discord.ui.Button(label="by tokens", custom_id="metric", row=1))
    controls.add_item(discord.ui.Button(label="Rankings", url="https://openrouter.ai/rankings", row=1))
    return controls


def card() -> dict[str, Any]:
    """The keyword arguments that send a card."""
    picture = discord.File(io.BytesIO(b"png"), filename=CHART, description="Code Generation 4.0 %")
    return {"embed": embed(), "file": picture, "view": view(), "allowed_mentions": MENTIONS_OFF}


async def rankings_commands() -> list[dict[str, Any]]:
    """The body that registers a group of commands, as discord.py makes it."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        tree = app_commands.CommandTree(client)
        contexts = app_commands.AppCommandContext(guild=True, dm_channel=True)
        rankings = app_commands.Group(name="rankings", description="Rankings", allowed_contexts=contexts)

        @rankings.command(description="The models of one task")
        @app_commands.choices(metric=[app_commands.Choice(name="requests", value="requests")])
        async def task(interaction: discord.Interaction, task: str, metric: str | None = None) -> None: ...

        tree.add_command(rankings)
        return [command.to_dict(tree) for command in tree.get_commands()]

"""A bare bot for comparison: discord.py answers `/rankings code` with a constant embed, constant controls and a file.

Run it as `python -m tests.bench.bare_bot FOLDER LIBRARY…`: the folder has the message's JSON and its picture, and the
libraries are imported only because the bot has them too.
"""

import importlib
import json
import os
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

NOBODY = discord.AllowedMentions.none()


def make_item(known: dict[str, Any]) -> discord.ui.Item[discord.ui.View]:
    """Make a button or a menu from its JSON."""
    if known["type"] == discord.ComponentType.button.value:
        return discord.ui.Button(label=known["label"], custom_id=known["custom_id"])
    options = [discord.SelectOption.from_dict(option) for option in known["options"]]
    return discord.ui.Select(custom_id=known["custom_id"], placeholder=known["placeholder"], options=options)


def make_command(folder: Path) -> app_commands.Command[Any, ..., None]:
    """Make the command that sends the message in a folder."""
    message = json.loads(folder.joinpath("message.json").read_bytes())
    picture = folder.joinpath("picture.png").read_bytes()
    (embed,) = map(discord.Embed.from_dict, message["embeds"])
    (attachment,) = message["attachments"]
    items = [make_item(item) for row in message["components"] for item in row["components"]]

    @app_commands.command(description="A constant")
    async def code(interaction: discord.Interaction, metric: str = "requests") -> None:
        file = discord.File(
            BytesIO(picture), filename=attachment["filename"], description=attachment.get("description")
        )
        await interaction.response.send_message(embed=embed, view=view, file=file, allowed_mentions=NOBODY)

    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return code


class BareBot(commands.AutoShardedBot):
    """A bot with one command."""

    def __init__(self, folder: Path) -> None:
        super().__init__((), help_command=None, intents=discord.Intents.none(), max_messages=None)
        self._folder = folder

    async def setup_hook(self) -> None:
        group = app_commands.Group(name="rankings", description="A constant")
        group.add_command(make_command(self._folder))
        self.tree.add_command(group)


if __name__ == "__main__":
    for library in sys.argv[2:]:
        importlib.import_module(library)
    BareBot(Path(sys.argv[1])).run(os.environ["DISCORD_TOKEN"], log_handler=None)

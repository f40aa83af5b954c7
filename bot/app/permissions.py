"""The permissions that a post needs in a channel, and which of them the member or the bot lacks."""

from dataclasses import dataclass
from typing import cast

import discord

from bot.app.bot import Interaction, RankingsBot
from bot.autopost.pace import Pace
from bot.errors import ErrorCode, PlanError

WRITE_PERMISSIONS = discord.Permissions(view_channel=True, send_messages=True, send_messages_in_threads=True)
"""What anyone needs to write in a channel or a thread."""

POST_PERMISSIONS = WRITE_PERMISSIONS | discord.Permissions(
    embed_links=True, attach_files=True, read_message_history=True
)
"""What the bot needs for a post; it reads the history so that it never posts anything twice."""

AnyChannel = discord.app_commands.AppCommandChannel | discord.app_commands.AppCommandThread


@dataclass(frozen=True)
class Access:
    """A channel as the bot sees it, and what the bot may do there."""

    channel: discord.abc.GuildChannel | discord.Thread
    permissions: discord.Permissions

    def missing(self, *, mentions: discord.Role | None = None) -> list[str]:
        """The permissions that the bot lacks for a post, by discord.py's names, sorted."""
        in_thread = isinstance(self.channel, discord.Thread)
        return missing_permissions(self.permissions, POST_PERMISSIONS, in_thread=in_thread, mentions=mentions)


def missing_permissions(
    held: discord.Permissions, wanted: discord.Permissions, *, in_thread: bool, mentions: discord.Role | None = None
) -> list[str]:
    """The wanted permissions that are not held in a channel, by discord.py's names, sorted."""
    needed = {name for name, is_wanted in wanted if is_wanted}
    needed.discard("send_messages" if in_thread else "send_messages_in_threads")
    if mentions is not None and not mentions.mentionable:
        needed.add("mention_everyone")
    has = dict(held)
    return [name for name in sorted(needed) if not has[name]]


async def fetch_access(bot: RankingsBot, *, guild_id: int, channel_id: int, pace: Pace | None = None) -> Access:
    """Fetch a channel of a server and the bot's permissions there; raise discord.HTTPException.

    The first request is sent at once. With a `pace`, each later request waits for its turn.
    """

    async def turn() -> None:
        if pace is not None:
            await pace.turn()

    guild = await bot.fetch_guild(guild_id, with_counts=False)
    await turn()
    me = await guild.fetch_member(cast("discord.ClientUser", bot.user).id)
    await turn()
    channel = await guild.fetch_channel(channel_id)
    if not isinstance(channel, discord.Thread):
        return Access(channel, channel.permissions_for(me))
    # A thread has the permissions of its parent, except that a read-only parent removes none of them.
    # Thread.permissions_for() would look up the parent in discord.py's cache, which is empty here.
    await turn()
    parent = cast("discord.abc.GuildChannel", await guild.fetch_channel(channel.parent_id))
    return Access(channel, discord.abc.GuildChannel.permissions_for(parent, me))


def managed_guild(interaction: Interaction) -> int:
    """The id of the server, if the user has the Manage Server permission there; raise MissingPermissions."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise discord.app_commands.MissingPermissions(["manage_guild"])
    return interaction.guild_id


def check_member(channel: AnyChannel, *, mentions: discord.Role | None, publishes: bool) -> None:
    """Check that the member may post in the channel themselves; raise PlanError, which lists what they lack."""
    # Discord requires Manage Messages to publish someone else's message, and the author will be the bot.
    wanted = WRITE_PERMISSIONS | discord.Permissions(manage_messages=publishes)
    in_thread = isinstance(channel, discord.app_commands.AppCommandThread)
    missing = missing_permissions(channel.permissions, wanted, in_thread=in_thread, mentions=mentions)
    if missing:
        raise PlanError(ErrorCode.MEMBER_LACKS_PERMISSIONS, permissions=tuple(missing))


async def check_bot(bot: RankingsBot, channel: AnyChannel, *, guild_id: int, mentions: discord.Role | None) -> None:
    """Check that the bot may post in the channel; raise PlanError, which lists what the bot lacks."""
    try:
        access = await fetch_access(bot, guild_id=guild_id, channel_id=channel.id)
    except (discord.Forbidden, discord.NotFound):
        raise PlanError(ErrorCode.CHANNEL_HIDDEN) from None
    missing = access.missing(mentions=mentions)
    if missing:
        raise PlanError(ErrorCode.BOT_LACKS_PERMISSIONS, permissions=tuple(missing))

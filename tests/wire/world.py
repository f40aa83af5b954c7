"""The world of the stand-in: users, guilds and channels, with their permissions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import discord

from tests.wire.exchange import ApiError
from tests.wire.values import Channel, Guild, Overwrite, Role, User

DISCORD_EPOCH_MS = 1_420_070_400_000
THREADS = frozenset({10, 11, 12})
ALL = discord.Permissions.all().value
EVERYDAY = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    embed_links=True,
    attach_files=True,
    use_application_commands=True,
).value


class Snowflakes:
    """Makes unique ids from a clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._count = 0

    def __call__(self) -> int:
        """The next id."""
        self._count += 1
        milliseconds = int(self._now().timestamp() * 1000) - DISCORD_EPOCH_MS
        return (milliseconds << 22) | (self._count % (1 << 22))


class World:
    """Users, guilds, roles, channels and members, and the resulting permissions."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.new_id = Snowflakes(now)
        self.bot = User(self.new_id(), "rankings", bot=True)
        self.owner = User(self.new_id(), "owner")
        self.users: dict[int, User] = {user.id: user for user in (self.bot, self.owner)}
        self.guilds: dict[int, Guild] = {}
        self.roles: dict[int, Role] = {}
        self.channels: dict[int, Channel] = {}
        self.members: dict[tuple[int, int], tuple[int, ...]] = {}
        self._direct: dict[int, Channel] = {}

    def add_user(self, name: str = "guest") -> User:
        """A person."""
        user = User(self.new_id(), name)
        self.users[user.id] = user
        return user

    def add_guild(
        self, name: str = "Guild", *, permissions: int = EVERYDAY, bot_permissions: int = 0, with_bot: bool = True
    ) -> Guild:
        """A guild of the owner, with the bot as a member; everyone has `permissions`."""
        guild = Guild(self.new_id(), name, self.owner.id)
        self.guilds[guild.id] = guild
        self.roles[guild.id] = Role(guild.id, guild.id, "@everyone", permissions)
        self.add_member(guild, self.owner)
        if with_bot:
            self.add_member(guild, self.bot, permissions=bot_permissions)
        return guild

    def add_role(self, guild: Guild, name: str = "role", *, permissions: int = 0) -> Role:
        """A role without members."""
        role = Role(self.new_id(), guild.id, name, permissions)
        self.roles[role.id] = role
        return role

    def add_member(
        self,
        guild: Guild,
        user: User | None = None,
        *,
        name: str = "guest",
        roles: Sequence[Role] = (),
        permissions: int = 0,
    ) -> User:
        """A member, new or existing; `permissions` are those of the member's own new role."""
        user = user or self.add_user(name)
        own = (self.add_role(guild, user.name, permissions=permissions),) if permissions else ()
        self.members[guild.id, user.id] = tuple(role.id for role in (*roles, *own))
        return user

    def add_channel(
        self,
        guild: Guild,
        type: int = 0,  # noqa: A002 (the word of Discord's description)
        *,
        name: str = "general",
        permissions: int | None = None,
        overwrites: Sequence[Overwrite] = (),
        parent: Channel | None = None,
    ) -> Channel:
        """A channel; `permissions` are exactly the bot's in it (for a thread, those in its parent)."""
        own = () if permissions is None else (Overwrite(self.bot.id, 1, permissions, ALL & ~permissions),)
        if type in THREADS:
            parent = parent or self.add_channel(guild, name="parent", permissions=permissions)
            own = ()
        parent_id = parent.id if parent else None
        channel = Channel(self.new_id(), guild.id, type, name, (*overwrites, *own), parent_id)
        self.channels[channel.id] = channel
        return channel

    def permit_bot(self, channel: Channel, permissions: int) -> None:
        """Set exactly the bot's permissions in a channel."""
        target = self._with_overwrites(self.channels[channel.id])
        others = tuple(one for one in target.overwrites if one.id != self.bot.id)
        own = Overwrite(self.bot.id, 1, permissions, ALL & ~permissions)
        self.channels[target.id] = replace(target, overwrites=(*others, own))

    def direct_channel(self, user: User) -> Channel:
        """The direct channel between a person and the bot."""
        if user.id not in self._direct:
            channel = Channel(self.new_id(), None, 1, user.name)
            self._direct[user.id] = self.channels[channel.id] = channel
        return self._direct[user.id]

    def remove_guild(self, guild: Guild) -> None:
        """Remove a guild, with its channels."""
        del self.guilds[guild.id]
        for channel in [one for one in self.channels.values() if one.guild_id == guild.id]:
            self.remove_channel(channel)

    def remove_channel(self, channel: Channel) -> None:
        """Remove a channel."""
        del self.channels[channel.id]

    def update_channel(self, channel: Channel) -> None:
        """Replace a channel by a changed one (archived, locked, renamed) with the same id."""
        self.channels[channel.id] = channel

    def find_channel(self, channel_id: int) -> Channel:
        """A channel that the bot can see; raise Discord's refusal otherwise."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise ApiError(404, 10003, "Unknown Channel")
        if not self.may(self.bot, channel, "view_channel"):
            raise ApiError(403, 50001, "Missing Access")
        return channel

    def find_guild(self, guild_id: int) -> Guild:
        """A guild that the bot is in; raise Discord's refusal otherwise."""
        if guild_id not in self.guilds or (guild_id, self.bot.id) not in self.members:
            raise ApiError(404, 10004, "Unknown Guild")
        return self.guilds[guild_id]

    def may(self, user: User, channel: Channel, *names: str) -> bool:
        """Whether a user has all of these permissions in a channel."""
        wanted = discord.Permissions(**dict.fromkeys(names, True)).value
        return self.permissions(user, channel) & wanted == wanted

    def permissions(self, user: User, channel: Channel) -> int:
        """A user's permissions in a channel, from roles and overwrites."""
        if channel.guild_id is None:
            return EVERYDAY
        base = self.guild_permissions(user, channel.guild_id)
        if base == ALL or (channel.guild_id, user.id) not in self.members:
            return base
        overwrites = {one.id: one for one in self._with_overwrites(channel).overwrites}
        held = self.members[channel.guild_id, user.id]
        for group in ((channel.guild_id,), held, (user.id,)):
            found = [overwrites[key] for key in group if key in overwrites]
            for one in found:
                base &= ~one.deny
            for one in found:
                base |= one.allow
        return base

    def guild_permissions(self, user: User, guild_id: int) -> int:
        """A user's permissions in a guild, before any overwrites."""
        guild = self.guilds.get(guild_id)
        if guild is None or (guild_id, user.id) not in self.members:
            return 0
        base = self.roles[guild_id].permissions
        for role_id in self.members[guild_id, user.id]:
            base |= self.roles[role_id].permissions
        is_all = user.id == guild.owner_id or base & discord.Permissions(administrator=True).value
        return ALL if is_all else base

    def _with_overwrites(self, channel: Channel) -> Channel:
        """The channel whose overwrites apply: for a thread, its parent."""
        if channel.type in THREADS and channel.parent_id is not None:
            return self.channels[channel.parent_id]
        return channel

"""The world in Discord's JSON format."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count

from tests.wire.values import Attachment, Channel, Guild, Json, Message, Role, User
from tests.wire.world import THREADS, World

CDN = "https://cdn.discordapp.com/attachments"
EMBED_MEDIA = ("image", "thumbnail")
PLAIN_GUILD: Json = {
    **dict.fromkeys(("icon", "splash", "discovery_splash", "banner", "home_header", "description")),
    **dict.fromkeys(("afk_channel_id", "system_channel_id", "rules_channel_id", "public_updates_channel_id")),
    **dict.fromkeys(("application_id", "vanity_url_code", "widget_channel_id", "safety_alerts_channel_id")),
    **dict.fromkeys(("verification_level", "explicit_content_filter", "mfa_level", "nsfw_level"), 0),
    **dict.fromkeys(("max_presences", "incidents_data")),
    **dict.fromkeys(("premium_tier", "premium_subscription_count"), 0),
    **dict.fromkeys(("nsfw", "widget_enabled", "premium_progress_bar_enabled"), False),
    "max_members": 500_000,
    "max_video_channel_users": 25,
    "max_stage_video_channel_users": 50,
    "features": [],
    "emojis": [],
    "stickers": [],
    "region": "deprecated",
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "default_message_notifications": 1,
    "preferred_locale": "en-US",
}


def user_json(user: User) -> Json:
    """An account."""
    return {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def role_json(role: Role) -> Json:
    """A role."""
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(role.permissions),
        "position": 0 if role.id == role.guild_id else 1,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild_json(world: World, guild: Guild) -> Json:
    """A guild, as GET /guilds/{id} gives it."""
    return PLAIN_GUILD | {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "roles": [role_json(role) for role in world.roles.values() if role.guild_id == guild.id],
        "approximate_member_count": sum(guild_id == guild.id for guild_id, _ in world.members),
        "approximate_presence_count": 1,
    }


def channel_json(world: World, channel: Channel) -> Json:
    """A channel, a thread or a direct channel."""
    shown: Json = {"id": str(channel.id), "type": channel.type, "flags": 0, "last_message_id": None}
    if channel.guild_id is None:
        return shown | {"recipients": []}
    shown |= {"guild_id": str(channel.guild_id), "name": channel.name, "rate_limit_per_user": 0}
    shown["parent_id"] = str(channel.parent_id) if channel.parent_id else None
    if channel.type in THREADS:
        return shown | _thread_json(world, channel)
    overwrites = [
        {"id": str(one.id), "type": one.kind, "allow": str(one.allow), "deny": str(one.deny)}
        for one in channel.overwrites
    ]
    shown |= {"position": 0, "permission_overwrites": overwrites, "nsfw": False, "topic": None}
    return shown | ({"bitrate": 64000, "user_limit": 0} if channel.type in (2, 13) else {})


def _thread_json(world: World, channel: Channel) -> Json:
    """What only a thread has."""
    return {
        "owner_id": str(world.owner.id),
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": channel.archived,
            "locked": channel.locked,
            "auto_archive_duration": 1440,
            "archive_timestamp": world.now().isoformat(),
        },
    }


def member_json(world: World, guild_id: int, user: User) -> Json:
    """A member of a guild."""
    return {
        "user": user_json(user),
        "roles": [str(role_id) for role_id in world.members.get((guild_id, user.id), ())],
        "nick": None,
        "avatar": None,
        "banner": None,
        "joined_at": (world.now() - timedelta(days=30)).isoformat(),
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def message_json(world: World, message: Message) -> Json:
    """A message; files in its embeds are not among its attachments, as in Discord."""
    shown: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": _message_type(message),
        "author": user_json(world.users[message.author_id]),
        "content": message.content,
        "embeds": [_embed_json(message, embed) for embed in message.embeds],
        "components": _numbered(message.components, count(1)),
        "attachments": [_attachment_json(message, one) for one in _apart(message)],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "flags": message.flags,
        "timestamp": _instant(message.timestamp),
        "edited_timestamp": _instant(message.edited) if message.edited else None,
    }
    if message.nonce is not None:
        shown["nonce"] = message.nonce
    if message.webhook_id is not None:
        shown |= {"webhook_id": str(message.webhook_id), "application_id": str(message.webhook_id)}
    if message.interaction is not None:
        shown["interaction_metadata"] = message.interaction
    return shown


def _message_type(message: Message) -> int:
    """20 for the answer to a slash command, otherwise 0."""
    return 20 if message.interaction and message.interaction["type"] == 2 else 0


def _instant(instant: datetime) -> str:
    """An instant in Discord's format."""
    return instant.isoformat(timespec="microseconds")


def _url(message: Message, attachment: Attachment) -> str:
    """The URL of a file on the CDN."""
    return f"{CDN}/{message.channel_id}/{attachment.id}/{attachment.filename}"


def _attachment_json(message: Message, attachment: Attachment) -> Json:
    """A file of a message."""
    url = _url(message, attachment)
    return {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "description": attachment.description,
        "size": attachment.size,
        "url": url,
        "proxy_url": url,
    }


def _numbered(components: Iterable[Json], numbers: Iterator[int]) -> list[Json]:
    """Components with the ids that Discord assigns, from the outside inwards."""
    numbered = []
    for component in components:
        shown = {**component, "id": component.get("id") or next(numbers)}
        if "components" in component:
            shown["components"] = _numbered(component["components"], numbers)
        numbered.append(shown)
    return numbered


def _media(embed: Json) -> Iterable[str]:
    """The URLs of the pictures in an embed."""
    return (embed[place].get("url", "") for place in EMBED_MEDIA if embed.get(place))


def _apart(message: Message) -> list[Attachment]:
    """The files that no embed shows."""
    shown = {url for embed in message.embeds for url in _media(embed)}
    return [one for one in message.attachments if not {f"attachment://{one.filename}", _url(message, one)} & shown]


def _embed_json(message: Message, embed: Json) -> Json:
    """An embed with `attachment://` URLs replaced by those of the CDN."""
    shown = {"type": "rich", **embed}
    addresses = {f"attachment://{one.filename}": _url(message, one) for one in message.attachments}
    for place in EMBED_MEDIA:
        url = (embed.get(place) or {}).get("url", "")
        if url in addresses:
            shown[place] = {**embed[place], "url": addresses[url], "proxy_url": addresses[url]}
    return shown

"""The values of the stand-in's world: users, guilds, channels, messages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
"""One JSON object."""

EPHEMERAL = 1 << 6
LOADING = 1 << 7
CROSSPOSTED = 1 << 0


@dataclass(frozen=True, slots=True)
class User:
    """The account of a person or of the bot."""

    id: int
    name: str
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a guild; @everyone has the guild's own id."""

    id: int
    guild_id: int
    name: str
    permissions: int


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies for one role (kind 0) or one member (kind 1)."""

    id: int
    kind: Literal[0, 1]
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True)
class Guild:
    """A server."""

    id: int
    name: str
    owner_id: int


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or thread of a guild; without a guild, a direct channel."""

    id: int
    guild_id: int | None
    type: int
    name: str
    overwrites: tuple[Overwrite, ...] = ()
    parent_id: int | None = None
    archived: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart body."""

    name: str
    filename: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file of a message."""

    id: int
    filename: str
    description: str | None
    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is now; an edit replaces the value."""

    id: int
    channel_id: int
    author_id: int
    timestamp: datetime
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    nonce: str | None = None
    flags: int = 0
    edited: datetime | None = None
    interaction: Json | None = None
    webhook_id: int | None = None

    @property
    def ephemeral(self) -> bool:
        """Whether only one user sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it only shows that the bot is thinking."""
        return bool(self.flags & LOADING)

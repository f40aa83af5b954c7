"""The messages: posted, edited, deleted, read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.wire.exchange import ApiError
from tests.wire.values import CROSSPOSTED, EPHEMERAL, LOADING, Attachment, Channel, Json, Message, Upload, User
from tests.wire.world import World

NONCE_WINDOW = timedelta(minutes=5)


class Messages:
    """Every message, and the used nonces."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.nonce_window = NONCE_WINDOW
        self.all: dict[int, Message] = {}
        self._places: dict[int, list[int]] = defaultdict(list)
        self._nonces: dict[tuple[int, str], tuple[int, datetime]] = {}

    def in_channel(self, channel: Channel) -> list[Message]:
        """The public messages of a channel, oldest first."""
        found = (self.all[one] for one in self._places[channel.id] if one in self.all)
        return sorted((one for one in found if not one.ephemeral), key=lambda message: message.id)

    def find(self, message_id: int, channel: Channel | None = None) -> Message:
        """An existing message, optionally in a given channel."""
        message = self.all.get(message_id)
        if message is None or (channel is not None and message.channel_id != channel.id):
            raise ApiError(404, 10008, "Unknown Message")
        return message

    def write(self, channel: Channel, author: User, content: str = "") -> Message:
        """A message of any author."""
        return self.create(channel, author, {"content": content})

    def post(self, channel: Channel, payload: Json, uploads: Sequence[Upload] = ()) -> Message:
        """A message of the bot; an enforced nonce that is still fresh creates no second one."""
        nonce = payload.get("nonce")
        key = (self._world.bot.id, str(nonce))
        enforced = nonce is not None and bool(payload.get("enforce_nonce"))
        if enforced and key in self._nonces:
            message_id, used = self._nonces[key]
            if self._world.now() - used < self.nonce_window:
                return self.find(message_id)
        message = self.create(channel, self._world.bot, payload, uploads=uploads)
        if enforced:
            self._nonces[key] = (message.id, self._world.now())
        return message

    def create(
        self,
        channel: Channel,
        author: User,
        payload: Json,
        *,
        uploads: Sequence[Upload] = (),
        interaction: Json | None = None,
        webhook_id: int | None = None,
    ) -> Message:
        """A new message."""
        blank = Message(self._world.new_id(), channel.id, author.id, self._world.now())
        nonce = payload.get("nonce")
        message = replace(
            self._filled(blank, payload, uploads),
            flags=int(payload.get("flags") or 0),
            nonce=None if nonce is None else str(nonce),
            interaction=interaction,
            webhook_id=webhook_id,
        )
        self.all[message.id] = message
        self._places[channel.id].append(message.id)
        return message

    def edit(self, message: Message, payload: Json, uploads: Sequence[Upload] = ()) -> Message:
        """The message with new content; it then no longer counts as thinking."""
        filled = self._filled(message, payload, uploads)
        asked = int(payload.get("flags") or 0) & ~EPHEMERAL
        edited = None if message.loading else self._world.now()
        flags = (message.flags & ~LOADING) | asked
        self.all[message.id] = replace(filled, flags=flags, edited=edited)
        return self.all[message.id]

    def delete(self, message: Message) -> None:
        """Delete a message; its nonce stays used."""
        del self.all[message.id]

    def crosspost(self, message: Message) -> Message:
        """Publish a message, once."""
        if message.flags & CROSSPOSTED:
            raise ApiError(400, 40033, "This message has already been crossposted")
        self.all[message.id] = replace(message, flags=message.flags | CROSSPOSTED)
        return self.all[message.id]

    def page(
        self, channel: Channel, *, before: int | None = None, after: int | None = None, limit: int = 50
    ) -> list[Message]:
        """A page of a channel's messages, newest first."""
        found = self.in_channel(channel)
        if after is not None:
            return [one for one in found if one.id > after][:limit][::-1]
        older = [one for one in found if before is None or one.id < before]
        return older[-limit:][::-1]

    def _filled(self, message: Message, payload: Json, uploads: Sequence[Upload]) -> Message:
        """A message with the fields of a payload; missing fields keep their values."""
        changes: dict[str, Any] = {}
        if "content" in payload:
            changes["content"] = payload["content"] or ""
        for name in ("embeds", "components"):
            if name in payload:
                changes[name] = tuple(payload[name] or ())
        return replace(message, attachments=self._attached(message, payload, uploads), **changes)

    def _attached(self, message: Message, payload: Json, uploads: Sequence[Upload]) -> tuple[Attachment, ...]:
        """The attachments that stay and the new ones."""
        named = {str(one["id"]): one for one in payload.get("attachments") or ()}
        kept = [one for one in message.attachments if "attachments" not in payload or str(one.id) in named]
        for upload in uploads:
            said = named.get(upload.name.removeprefix("files[").removesuffix("]"), {})
            filename = said.get("filename") or upload.filename
            kept.append(Attachment(self._world.new_id(), filename, said.get("description"), upload.data))
        return tuple(kept)

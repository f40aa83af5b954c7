"""The operations for channels and their messages."""

from dataclasses import replace

from tests.wire.exchange import ApiError, Reply, json_reply
from tests.wire.messages import Messages
from tests.wire.rendering import channel_json, message_json
from tests.wire.routing import Call, Route
from tests.wire.values import Channel
from tests.wire.world import THREADS, World

FORUMS = frozenset({15, 16})
ANNOUNCEMENTS = 5


class ChannelOperations:
    """The bot's requests for channels."""

    def __init__(self, world: World, messages: Messages) -> None:
        self._world = world
        self._messages = messages

    def routes(self) -> list[Route]:
        """The paths of the operations."""
        channel = "/channels/{channel}"
        return [
            Route("GET", channel, self._show),
            Route("POST", f"{channel}/messages", self._post),
            Route("GET", f"{channel}/messages", self._history),
            Route("GET", f"{channel}/messages/{{message}}", self._read),
            Route("POST", f"{channel}/messages/{{message}}/crosspost", self._crosspost),
        ]

    def _show(self, call: Call) -> Reply:
        """A channel."""
        return json_reply(channel_json(self._world, self._channel(call)))

    def _post(self, call: Call) -> Reply:
        """A new message, if the bot may write in the channel."""
        channel, payload = self._channel(call), dict(call.received.json or {})
        if channel.type in FORUMS:
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
        if channel.locked and not self._world.may(self._world.bot, channel, "manage_threads"):
            raise ApiError(403, 160005, "This thread is locked")
        self._demand(channel, "send_messages_in_threads" if channel.type in THREADS else "send_messages")
        if call.received.files:
            self._demand(channel, "attach_files")
        if not self._world.may(self._world.bot, channel, "embed_links"):
            payload["embeds"] = []
        if not (call.received.files or any(map(payload.get, ("content", "embeds", "components")))):
            raise ApiError(400, 50006, "Cannot send an empty message")
        message = self._messages.post(channel, payload, call.received.files)
        if channel.archived:
            self._world.update_channel(replace(channel, archived=False))
        return json_reply(message_json(self._world, message))

    def _history(self, call: Call) -> Reply:
        """A page of messages; empty if the bot may not read the history."""
        channel, query = self._channel(call), call.received.query
        if not self._world.may(self._world.bot, channel, "read_message_history"):
            return json_reply([])
        page = self._messages.page(
            channel,
            before=int(query["before"]) if "before" in query else None,
            after=int(query["after"]) if "after" in query else None,
            limit=int(query.get("limit", "50")),
        )
        return json_reply([message_json(self._world, message) for message in page])

    def _read(self, call: Call) -> Reply:
        """One message."""
        channel = self._channel(call)
        if not self._world.may(self._world.bot, channel, "read_message_history"):
            raise ApiError(403, 50001, "Missing Access")
        return json_reply(message_json(self._world, self._messages.find(call.number("message"), channel)))

    def _crosspost(self, call: Call) -> Reply:
        """Publish a message of an announcement channel."""
        channel = self._channel(call)
        if channel.type != ANNOUNCEMENTS:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        self._demand(channel, "send_messages")
        message = self._messages.crosspost(self._messages.find(call.number("message"), channel))
        return json_reply(message_json(self._world, message))

    def _channel(self, call: Call) -> Channel:
        """The channel in a path."""
        return self._world.find_channel(call.number("channel"))

    def _demand(self, channel: Channel, permission: str) -> None:
        """Refuse a request if the bot lacks a permission."""
        if not self._world.may(self._world.bot, channel, permission):
            raise ApiError(403, 50013, "Missing Permissions")

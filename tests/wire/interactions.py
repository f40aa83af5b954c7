"""The operations that answer interactions."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.wire.exchange import ApiError, Reply, json_reply
from tests.wire.messages import Messages
from tests.wire.rendering import message_json
from tests.wire.routing import Call, Route
from tests.wire.values import EPHEMERAL, LOADING, Json, Message, Upload
from tests.wire.world import World

SLASH, CLICK = 2, 3
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES = 4, 5, 6, 7, 8
FIRST_ANSWER = timedelta(seconds=3)
TOKEN_LIFE = timedelta(minutes=15)
NO_CONTENT = Reply(204)


@dataclass(eq=False)
class InteractionAnswer:
    """All that the bot has answered to one interaction so far."""

    payload: Json
    created: datetime
    messages: Messages
    began: float = field(default_factory=time.perf_counter)
    seconds: float | None = None
    callback: Json | None = None
    files: tuple[Upload, ...] = ()
    edits: list[Json] = field(default_factory=list)
    followups: list[int] = field(default_factory=list)
    original_id: int | None = None
    is_deleted: bool = False

    @property
    def type(self) -> int:
        """The type of the first answer; 0 before there is one."""
        return int(self.callback["type"]) if self.callback else 0

    @property
    def data(self) -> Json:
        """The data of the first answer."""
        return ((self.callback or {}).get("data")) or {}

    @property
    def is_complete(self) -> bool:
        """Whether the user sees an answer, and not only that the bot is thinking."""
        if self.type in (DEFERRED, DEFERRED_UPDATE):
            return bool(self.edits or self.followups or self.is_deleted)
        return self.callback is not None

    @property
    def message(self) -> Message:
        """The message of the answer, as it is now."""
        if self.original_id is None:
            raise LookupError("no message answers this interaction")
        return self.messages.find(self.original_id)

    @property
    def followup_messages(self) -> list[Message]:
        """The followup messages, as they are now."""
        return [self.messages.find(message_id) for message_id in self.followups]

    @property
    def choices(self) -> list[Json]:
        """The choices of an autocomplete."""
        return list(self.data.get("choices", ()))

    @property
    def metadata(self) -> Json:
        """The metadata of the interaction in its message."""
        said: Json = {
            "id": self.payload["id"],
            "type": self.payload["type"],
            "user": self.payload.get("user") or self.payload["member"]["user"],
            "authorizing_integration_owners": self.payload["authorizing_integration_owners"],
        }
        if self.payload["type"] == CLICK:
            said["interacted_message_id"] = self.payload["message"]["id"]
        return said


class InteractionOperations:
    """Every interaction by its token, and the rules for answers."""

    def __init__(self, world: World, messages: Messages) -> None:
        self._world = world
        self._messages = messages
        self._answers: dict[str, InteractionAnswer] = {}

    def begin(self, payload: Json) -> InteractionAnswer:
        """Note an interaction that is about to be sent."""
        answer = InteractionAnswer(payload, self._world.now(), self._messages)
        self._answers[payload["token"]] = answer
        return answer

    def routes(self) -> list[Route]:
        """The paths of the operations."""
        webhook = "/webhooks/{application}/{token}"
        return [
            Route("POST", "/interactions/{interaction}/{token}/callback", self._callback),
            Route("POST", webhook, self._follow_up),
            Route("GET", f"{webhook}/messages/{{message}}", self._show),
            Route("PATCH", f"{webhook}/messages/{{message}}", self._edit),
            Route("DELETE", f"{webhook}/messages/{{message}}", self._delete),
        ]

    def _callback(self, call: Call) -> Reply:
        """The first answer: in time, and only once."""
        answer = self._answers.get(call.parameters["token"])
        is_known = answer is not None and answer.payload["id"] == call.parameters["interaction"]
        if answer is None or not is_known or self._world.now() - answer.created > FIRST_ANSWER:
            raise ApiError(404, 10062, "Unknown interaction")
        if answer.callback is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        answer.callback, answer.files = call.received.json, call.received.files
        answer.seconds = time.perf_counter() - answer.began
        self._apply(answer)
        if call.received.query.get("with_response") in ("1", "true"):
            return json_reply(self._described(answer))
        return NO_CONTENT

    def _apply(self, answer: InteractionAnswer) -> None:
        """Carry out the first answer."""
        if answer.type == MESSAGE:
            answer.original_id = self._create(answer, answer.data, answer.files).id
        elif answer.type == DEFERRED:
            flags = int(answer.data.get("flags") or 0) & EPHEMERAL
            answer.original_id = self._create(answer, {"flags": flags | LOADING}).id
        elif answer.type in (DEFERRED_UPDATE, UPDATE):
            answer.original_id = int(answer.payload["message"]["id"])
            if answer.type == UPDATE:
                self._messages.edit(answer.message, answer.data, answer.files)

    def _described(self, answer: InteractionAnswer) -> Json:
        """The first answer in the response to the bot."""
        said: Json = {"id": answer.payload["id"], "type": answer.payload["type"]}
        if answer.original_id is None:
            return {"interaction": said}
        message = answer.message
        said |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        if answer.type not in (MESSAGE, UPDATE):
            return {"interaction": said}
        shown = message_json(self._world, message)
        return {"interaction": said, "resource": {"type": answer.type, "message": shown}}

    def _create(self, answer: InteractionAnswer, payload: Json, uploads: Sequence[Upload] = ()) -> Message:
        """A message that answers an interaction."""
        channel = self._world.channels[int(answer.payload["channel"]["id"])]
        return self._messages.create(
            channel,
            self._world.bot,
            payload,
            uploads=uploads,
            interaction=answer.metadata,
            webhook_id=self._world.bot.id,
        )

    def _answered(self, call: Call) -> InteractionAnswer:
        """The interaction of a webhook's token, if the token is still valid."""
        answer = self._answers.get(call.parameters["token"])
        if answer is None:
            raise ApiError(404, 10015, "Unknown Webhook")
        if self._world.now() - answer.created > TOKEN_LIFE:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return answer

    def _named(self, call: Call) -> tuple[InteractionAnswer, Message]:
        """The message in a path, `@original` or an id."""
        answer, name = self._answered(call), call.parameters["message"]
        message_id = answer.original_id if name == "@original" else call.number("message")
        if message_id is None or message_id not in (answer.original_id, *answer.followups):
            raise ApiError(404, 10008, "Unknown Message")
        return answer, self._messages.find(message_id)

    def _show(self, call: Call) -> Reply:
        """A message of this interaction."""
        _, message = self._named(call)
        return json_reply(message_json(self._world, message))

    def _edit(self, call: Call) -> Reply:
        """Edit a message of this interaction."""
        answer, message = self._named(call)
        answer.edits.append(call.received.json)
        edited = self._messages.edit(message, call.received.json, call.received.files)
        return json_reply(message_json(self._world, edited))

    def _delete(self, call: Call) -> Reply:
        """Delete a message of this interaction."""
        answer, message = self._named(call)
        answer.is_deleted = answer.is_deleted or message.id == answer.original_id
        self._messages.delete(message)
        return NO_CONTENT

    def _follow_up(self, call: Call) -> Reply:
        """A followup message; the first one after a deferral replaces it."""
        answer, payload, files = self._answered(call), call.received.json, call.received.files
        if answer.callback is None:
            raise ApiError(404, 10015, "Unknown Webhook")
        if answer.type == DEFERRED and not answer.is_deleted and answer.message.loading:
            message = self._messages.edit(answer.message, payload, files)
        else:
            message = self._create(answer, payload, files)
        answer.followups.append(message.id)
        return json_reply(message_json(self._world, message))

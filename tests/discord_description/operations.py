"""The operations of Discord's HTTP API whose bodies the bot sends."""

import re
from enum import Enum


class Operation(Enum):
    """A method and a path, as in Discord's description."""

    CALLBACK = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
    EDIT_ORIGINAL = ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")
    FOLLOW_UP = ("POST", "/webhooks/{webhook_id}/{webhook_token}")
    REGISTER_COMMANDS = ("PUT", "/applications/{application_id}/commands")
    CREATE_MESSAGE = ("POST", "/channels/{channel_id}/messages")
    CROSSPOST = ("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.value[0]

    @property
    def path(self) -> str:
        """The path with its placeholders."""
        return self.value[1]

    @classmethod
    def of(cls, method: str, path: str) -> "Operation | None":
        """The operation of a request on the wire; None if its body is not described here."""
        plain = re.sub(r"^/api/v\d+", "", path.partition("?")[0])
        for operation in cls:
            pattern = re.sub(r"\{\w+\}", "[^/]+", operation.path)
            if operation.method == method.upper() and re.fullmatch(pattern, plain):
                return operation
        return None

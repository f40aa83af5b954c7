"""The operations of Discord's HTTP API whose bodies the bot sends."""

import re
from enum import Enum


class Operation(Enum):
    """A method and a path, as Discord's description writes them."""

    CALLBACK = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
    EDIT_ORIGINAL = ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")
    FOLLOW_UP = ("POST", "/webhooks/{webhook_id}/{webhook_token}")
    REGISTER_COMMANDS = ("PUT", "/applications/{application_id}/commands")
    CREATE_MESSAGE = ("POST", "/channels/{channel_id}/messages")
    CROSSPOST = ("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")

    @property
    def method(self) -> str:
        """Give the HTTP method."""
        return self.value[0]

    @property
    def path(self) -> str:
        """Give the path with its placeholders."""
        return self.value[1]

    @classmethod
    def of(cls, method: str, path: str) -> "Operation | None":
        """Find the operation of a request as it was seen on the wire, if its body is described here."""
        plain = re.sub(r"^/api/v\d+", "", path.partition("?")[0])
        for operation in cls:
            pattern = re.sub(r"\{\w+\}", "[^/]+", operation.path)
            if operation.method == method.upper() and re.fullmatch(pattern, plain):
                return operation
        return None

"""The messages between the bot and its drawing process: a length, one byte for the kind, and the content."""

import struct
from enum import Enum

LENGTH = struct.Struct(">I")
"""Comes before each message: the number of its bytes."""


class Request(Enum):
    """What the bot asks for: the PNG of an SVG, or the host's glyphs for some characters."""

    DRAW = b"D"
    FIND_GLYPHS = b"G"


class Outcome(Enum):
    """The result; a failure says why. A new process sends DONE when it is ready."""

    DONE = b"+"
    FAILED = b"-"


def message(kind: Request | Outcome, content: bytes = b"") -> bytes:
    """Write a message."""
    return LENGTH.pack(1 + len(content)) + bytes(kind.value) + content

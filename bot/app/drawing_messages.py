"""What the bot and its drawing process say to each other: a length, one byte for the kind, and the content."""

import struct
from enum import Enum

LENGTH = struct.Struct(">I")
"""Before each message stands how many bytes it has."""


class Request(Enum):
    """What is asked for: the picture of an SVG, or the host's glyphs of some characters."""

    DRAW = b"D"
    FIND_GLYPHS = b"G"


class Outcome(Enum):
    """How it went; a failure says why. The process is DONE once when it is ready."""

    DONE = b"+"
    FAILED = b"-"


def message(kind: Request | Outcome, content: bytes = b"") -> bytes:
    """Write a message."""
    return LENGTH.pack(1 + len(content)) + bytes(kind.value) + content

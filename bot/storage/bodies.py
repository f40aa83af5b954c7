"""How the archive stores the body of an answer: compressed, with the hash of the raw bytes beside it."""

import zlib
from enum import StrEnum
from hashlib import sha256

from bot.errors import StorageError

LEVEL = 9
"""zlib's level: 3.5 KB for an answer of 31 KB, in 0.7 ms. Level 6 is 5 % larger, in 0.3 ms."""

LONGEST_BODY = 10_000_000
"""Bytes of a body. A real answer has 31,000; a longer one is an attack or a mistake."""


class Encoding(StrEnum):
    """How the bytes in the database are encoded."""

    IDENTITY = "identity"
    """As received; by versions before 0.3.0."""
    ZLIB = "zlib"


def pack(body: bytes) -> bytes:
    """Compress a body, as Encoding.ZLIB."""
    return zlib.compress(body, LEVEL)


def unpack(stored: bytes, encoding: str, *, expected_sha256: str) -> bytes:
    """Return a body as it was received; raise StorageError if it is spoilt or of a later version."""
    # TypeError: SQLite stores any type in any column, such as a text that somebody wrote by hand.
    try:
        body = _decode(stored, Encoding(encoding))
    except (TypeError, ValueError, zlib.error) as spoilt:
        raise StorageError(operator=f"its bytes cannot be decoded ({spoilt}).") from spoilt
    if sha256(body).hexdigest() != expected_sha256:
        raise StorageError(operator="its bytes do not match their hash.")
    return body


def _decode(stored: bytes, encoding: Encoding) -> bytes:
    if encoding is Encoding.IDENTITY:
        return bytes(stored)
    return zlib.decompressobj().decompress(stored, LONGEST_BODY)  # less than all of it does not match the hash

"""Files to import: finds them, decompresses them within limits, and splits them into answers."""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO, cast

from bot.errors import InvalidResponseError, SettingsError
from bot.operations.envelopes import Answer, is_exported, read_document, read_exported
from bot.storage.bodies import LONGEST_BODY

LONGEST_LINE = 2 * LONGEST_BODY
"""Bytes of a line of an export, decompressed: JSON writes a quotation mark inside of a body as two characters."""

MOST_REFUSED_LINES = 1000
"""How many lines of one file may be refused before the rest of it is."""

MOST_BLANK_LINES = 1000
"""How many blank lines may follow each other; more are no export."""

LARGEST_ZSTD_WINDOW = 2**27
"""Bytes of memory that a zstd file may ask for."""

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class AnswerFile:
    """A file to import."""

    path: Path
    is_named: bool
    """Whether the user named the file itself, not a folder around it."""
    size: int
    """In bytes, as it is on the disk."""
    written_at: datetime
    """When it was last changed, aware UTC."""

    @classmethod
    def at(cls, path: Path, *, is_named: bool) -> "AnswerFile":
        """Look at a file; raise SettingsError."""
        try:
            now = path.stat()
            return cls(path, is_named, now.st_size, datetime.fromtimestamp(now.st_mtime, UTC))
        except OSError as failed:
            raise _unreadable(failed, path) from None


class NoAnswerError(InvalidResponseError):
    """The file is of another kind: it does not even begin like JSON."""


@dataclass(frozen=True)
class Part:
    """An answer of a file, or why it is refused, and how much of the file is read."""

    answer: Answer | InvalidResponseError
    line: int | None
    """The line of an export; None for a whole file."""
    bytes_read: int


def find_files(paths: Sequence[Path]) -> Sequence[AnswerFile]:
    """The files that are named, and all in the folders that are named, without hidden ones; raise SettingsError."""
    found: dict[Path, AnswerFile] = {}
    for path in paths:
        if path.is_dir():
            inside = [each for each in _walk(path) if each.is_file() and each not in found]
            found |= {each: AnswerFile.at(each, is_named=False) for each in inside}
        elif path.is_file():
            found[path] = AnswerFile.at(path, is_named=True)
        else:
            raise SettingsError(f"{path} is neither a file nor a folder: check the path.")
    return list(found.values())


def _walk(folder: Path) -> Iterator[Path]:
    def fail(failed: OSError) -> None:
        raise _unreadable(failed, failed.filename)

    for around, folders, files in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(around, name) for name in sorted(files) if not name.startswith("."))


def _unreadable(failed: OSError, path: object) -> SettingsError:
    return SettingsError(f"{path} cannot be read ({failed.strerror}): check its permissions.")


def read_parts(file: AnswerFile) -> Iterator[Part]:
    """Read the answers of a file one by one; what is refused comes as an error, and the next lines still come."""
    line = None
    try:
        with file.path.open("rb") as raw, _decompressed(raw) as text:
            first = _read_line(text)
            if not is_exported(first):
                yield Part(_read_whole(first, text), None, file.size)
                return
            line, refusals = 1, 0
            while first:
                answer = _read_exported(first)
                yield Part(answer, line, raw.tell())
                refusals += isinstance(answer, InvalidResponseError)
                if refusals == MOST_REFUSED_LINES:
                    reason = f"{refusals} of its lines are refused, so its other lines are not read"
                    yield Part(InvalidResponseError(reason), line, file.size)
                    return
                line, first = line + 1, _read_line(text)
    except InvalidResponseError as refused:
        yield Part(refused, line, file.size)
    except (OSError, EOFError, zlib.error, _zstd_error()) as failed:
        reason = failed.strerror if isinstance(failed, OSError) and failed.strerror else str(failed)
        yield Part(InvalidResponseError(f"it cannot be read to its end ({reason})"), line, file.size)


def _read_line(text: IO[bytes]) -> bytes:
    """The next line that is not blank; empty at the end."""
    for _ in range(MOST_BLANK_LINES):
        line = text.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise InvalidResponseError(f"it has a line of more than {LONGEST_LINE // 1_000_000} MB")
        if not line or line.strip():
            return line
    raise InvalidResponseError(f"it has {MOST_BLANK_LINES} blank lines in a row, so the rest is not read")


def _read_whole(first: bytes, text: IO[bytes]) -> Answer | InvalidResponseError:
    whole = first + text.read(max(0, LONGEST_BODY - len(first)) + 1)
    if not whole.strip():
        return InvalidResponseError("it is empty")
    if not whole.lstrip().startswith((b"{", b"[", b"\xef\xbb\xbf")):
        return NoAnswerError("it is not JSON, nor JSON compressed by gzip or zstd")
    if len(whole) > LONGEST_BODY:
        return InvalidResponseError(f"it holds more than {LONGEST_BODY // 1_000_000} MB")
    try:
        return read_document(whole)
    except InvalidResponseError as refused:
        return refused


def _read_exported(line: bytes) -> Answer | InvalidResponseError:
    try:
        return read_exported(line)
    except InvalidResponseError as refused:
        return refused


def _decompressed(raw: BinaryIO) -> IO[bytes]:
    """The content of a file, whose name says nothing about its compression."""
    start = raw.read(len(ZSTD))
    raw.seek(0)
    if start.startswith(GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    return _open_zstd(raw) if start == ZSTD else raw


if sys.version_info >= (3, 14):
    from compression import zstd

    def _open_zstd(raw: BinaryIO) -> IO[bytes]:
        largest = LARGEST_ZSTD_WINDOW.bit_length() - 1
        return zstd.ZstdFile(raw, options={zstd.DecompressionParameter.window_log_max: largest})

    def _zstd_error() -> type[Exception]:
        return zstd.ZstdError

else:
    import zstandard

    def _open_zstd(raw: BinaryIO) -> IO[bytes]:
        decompressor = zstandard.ZstdDecompressor(max_window_size=LARGEST_ZSTD_WINDOW)
        return io.BufferedReader(decompressor.stream_reader(raw, read_across_frames=True, closefd=False))

    def _zstd_error() -> type[Exception]:
        return zstandard.ZstdError

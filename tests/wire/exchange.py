"""One HTTP exchange: the request as received, and the reply."""

import asyncio
import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web

from tests.wire.values import Upload


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived; the path is relative to the base address."""

    method: str
    path: str
    query: Mapping[str, str]
    json: Any
    files: tuple[Upload, ...]
    headers: Mapping[str, str] = field(repr=False)
    at: datetime

    def matches(self, method: str, pattern: str) -> bool:
        """Whether method and path match; `*` stands for one segment, a final `**` for any rest."""
        if method not in ("*", self.method):
            return False
        wanted, pieces = pattern.strip("/").split("/"), self.path.strip("/").split("/")
        if wanted[-1] == "**":
            wanted, pieces = wanted[:-1], pieces[: len(wanted) - 1]
        return len(wanted) == len(pieces) and all(map(fnmatchcase, pieces, wanted))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its exact body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Cut(enum.Enum):
    """The connection ends without an answer."""

    CLOSE = "close"
    RESET = "reset"


class ApiError(Exception):
    """A refusal with Discord's status, code and message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply whose content type is exactly `application/json`."""
    body = json.dumps(value).encode()
    return Reply(status, body, {"Content-Type": "application/json", **(headers or {})})


def error_reply(status: int, code: int, message: str, *, headers: Mapping[str, str] | None = None) -> Reply:
    """A refusal in Discord's format; a 429 has its waiting time."""
    body: dict[str, Any] = {"message": message, "code": code}
    if status == web.HTTPTooManyRequests.status_code:
        wait = float((headers or {}).get("Retry-After", "0"))
        body |= {"retry_after": wait, "global": (headers or {}).get("X-RateLimit-Global") == "true"}
    return json_reply(body, status, headers)


async def read_request(request: web.Request, *, prefix: str, at: datetime) -> Received:
    """Read a whole request: plain, JSON or multipart."""
    value: Any = None
    files: tuple[Upload, ...] = ()
    if request.content_type.startswith("multipart/"):
        value, files = await _read_multipart(request)
    elif body := await request.read():
        value = json.loads(body)
    return Received(
        method=request.method,
        path=request.path.removeprefix(prefix),
        query=MappingProxyType(dict(request.query)),
        json=value,
        files=files,
        headers=request.headers,
        at=at,
    )


async def _read_all(request: web.Request) -> StreamReader:
    """Read the whole body at once: aiohttp's multipart reader warns if a chunk is shorter than the boundary."""
    body = await request.read()
    whole = StreamReader(request.protocol, limit=len(body), loop=asyncio.get_running_loop())
    whole.feed_data(body)
    whole.feed_eof()
    return whole


async def _read_multipart(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    """The `payload_json` field and the files, in order."""
    value: Any = None
    files: list[Upload] = []
    async for part in MultipartReader(request.headers, await _read_all(request)):
        if not isinstance(part, BodyPartReader):
            raise TypeError("a body part within a body part")
        data, name = bytes(await part.read(decode=True)), part.name or ""
        if name == "payload_json":
            value = json.loads(data)
        else:
            kind = part.headers.get("Content-Type", "")
            files.append(Upload(name, part.filename or "", kind, data))
    return value, tuple(files)

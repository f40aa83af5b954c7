"""A wire in memory: the real httpx client over it, answering by a script and keeping every request."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.errors import OpenRouterError
from bot.market.client import OpenRouterClient
from bot.operations.sample import PATH

SAMPLE = PATH.read_bytes()
BROKEN_OFF = httpx.RemoteProtocolError("peer closed connection without sending complete message body")
KEY = "sk-or-v1-0123456789abcdef"
"""A key that could be one."""

Handler = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class Wire:
    """Answers each request by the script of the moment."""

    def __init__(self, handler: Handler | None = None) -> None:
        """Answer with the sample unless told otherwise."""
        self.handler: Handler = handler or (lambda _: httpx.Response(200, content=SAMPLE))
        self.requests: list[httpx.Request] = []

    @classmethod
    def of(cls, answer: httpx.Response) -> "Wire":
        """A wire that gives this answer."""
        return cls(lambda _: answer)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.handler(request)
        return answer if isinstance(answer, httpx.Response) else await answer

    def answer_in_turn(self, *answers: httpx.Response | Exception) -> None:
        """Give these answers, one a request."""
        turns = iter(answers)

        def handler(_: httpx.Request) -> httpx.Response:
            answer = next(turns)
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.handler = handler

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[OpenRouterClient]:
        """Open a client over this wire; `options` are the client's own."""
        options = {"api_key": SecretStr(KEY), **options}
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as http:
            yield OpenRouterClient(http, **options)


def streamed(*chunks: bytes | Exception, status: int = 200, **headers: str) -> httpx.Response:
    """An answer whose body comes in pieces, and may break off with an error."""

    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    return httpx.Response(status, content=stream(), headers={name.replace("_", "-"): v for name, v in headers.items()})


async def failure(wire: Wire, **options: Any) -> OpenRouterError:
    """Ask once and give the error; `options` are the client's own."""
    async with wire.client(**options) as client:
        with pytest.raises(OpenRouterError) as raised:
            await client.get_task_classifications()
    return raised.value

"""An in-memory transport for the real httpx client: answers by a script and records every request."""

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
"""A key in the right format."""

Handler = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class Wire:
    """Answers each request by the present script."""

    def __init__(self, handler: Handler | None = None) -> None:
        """Answer with the sample by default."""
        self.handler: Handler = handler or (lambda _: httpx.Response(200, content=SAMPLE))
        self.requests: list[httpx.Request] = []

    @classmethod
    def of(cls, answer: httpx.Response) -> "Wire":
        """A wire with this answer."""
        return cls(lambda _: answer)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.handler(request)
        return answer if isinstance(answer, httpx.Response) else await answer

    def answer_in_turn(self, *answers: httpx.Response | Exception) -> None:
        """Give these answers, one per request."""
        turns = iter(answers)

        def handler(_: httpx.Request) -> httpx.Response:
            answer = next(turns)
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.handler = handler

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[OpenRouterClient]:
        """A client on this wire; `options` are the client's."""
        options = {"api_key": SecretStr(KEY), **options}
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as http:
            yield OpenRouterClient(http, **options)


def streamed(*chunks: bytes | Exception, status: int = 200, **headers: str) -> httpx.Response:
    """An answer whose body arrives in chunks, and may end in an error."""

    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    return httpx.Response(status, content=stream(), headers={name.replace("_", "-"): v for name, v in headers.items()})


async def failure(wire: Wire, **options: Any) -> OpenRouterError:
    """Make one request and return its error; `options` are the client's."""
    async with wire.client(**options) as client:
        with pytest.raises(OpenRouterError) as raised:
            await client.get_task_classifications()
    return raised.value

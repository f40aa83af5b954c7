"""The OpenRouter client over an in-memory transport: its requests, and what happens without an answer."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.errors import (
    RequestTimeoutError,
    UnreachableError,
    UnsupportedWindowError,
)
from bot.operations.sample import FETCHED_AT
from tests.fakes.transport import BROKEN_OFF, KEY, SAMPLE, Wire, failure, streamed


class TestRequest:
    """What is sent."""

    async def test_request_for_the_classifications(self) -> None:
        """One GET with the window in the query and the key in one header."""
        wire = Wire()
        async with wire.client() as client:
            snapshot = await client.get_task_classifications("7d", now=lambda: FETCHED_AT)

        request = wire.requests[0]
        assert 1 == len(wire.requests)
        assert "GET" == request.method
        assert "https://openrouter.ai/api/v1/classifications/task?window=7d" == str(request.url)
        assert f"Bearer {KEY}" == request.headers["Authorization"]
        assert "application/json" == request.headers["Accept"]
        assert ["Authorization"] == [name.decode() for name, value in request.headers.raw if KEY.encode() in value]
        assert (SAMPLE, FETCHED_AT) == (snapshot.body, snapshot.fetched_at)

    async def test_request_for_the_models_has_no_key(self) -> None:
        """`GET /models` does not need it."""
        wire = Wire(lambda _: httpx.Response(200, json={"data": []}))
        async with wire.client() as client:
            assert {} == await client.get_models()

        assert "https://openrouter.ai/api/v1/models" == str(wire.requests[0].url)
        assert "Authorization" not in wire.requests[0].headers

    async def test_without_a_key_there_is_no_such_header(self) -> None:
        """Not even an empty one."""
        wire = Wire()
        async with wire.client(api_key=None) as client:
            await client.get_task_classifications()

        assert "Authorization" not in wire.requests[0].headers

    async def test_title_of_the_app(self) -> None:
        """It is sent in the header that OpenRouter reads, if there is one."""
        wire = Wire()
        for app_title in ("Rankings", None):
            async with wire.client(app_title=app_title) as client:
                await client.get_task_classifications()

        assert ["Rankings", None] == [request.headers.get("X-OpenRouter-Title") for request in wire.requests]

    @pytest.mark.parametrize("server_url", ["https://proxy.example/v1", "https://proxy.example/v1/"])
    async def test_another_server(self, server_url: str) -> None:
        """A slash at the end makes no difference."""
        wire = Wire()
        async with wire.client(server_url=server_url) as client:
            await client.get_task_classifications()

        assert "https://proxy.example/v1/classifications/task?window=7d" == str(wire.requests[0].url)

    async def test_httpx_timeout_is_replaced(self) -> None:
        """Not httpx's default of five seconds."""
        wire = Wire()
        async with wire.client() as client:
            await client.get_task_classifications()

        assert {20} == set(wire.requests[0].extensions["timeout"].values())

    @pytest.mark.parametrize("window", ["30d", "1d", "", "7D"])
    async def test_an_unsupported_window_spends_no_request(self, window: Any) -> None:
        """The sentence lists the supported ones."""
        wire = Wire()
        async with wire.client() as client:
            with pytest.raises(UnsupportedWindowError, match="use 7d"):
                await client.get_task_classifications(window)

        assert [] == wire.requests


class TestTransport:
    """No answer at all."""

    @pytest.mark.parametrize(
        "foreign",
        [
            httpx.ConnectError("refused"),
            httpx.ReadError("reset"),
            httpx.WriteError("reset"),
            BROKEN_OFF,
            httpx.LocalProtocolError("illegal"),
            httpx.ProxyError("no"),
            httpx.UnsupportedProtocol("ftp"),
        ],
        ids=lambda foreign: type(foreign).__name__,
    )
    async def test_no_connection(self, foreign: Exception) -> None:
        """The error names only the type of httpx's error."""
        wire = Wire()
        wire.answer_in_turn(foreign)
        error = await failure(wire)

        assert f"OpenRouter cannot be reached ({type(foreign).__name__})." == error.operator_sentence
        assert UnreachableError is type(error)

    async def test_a_connection_that_breaks_in_the_body(self) -> None:
        """The same error as without a connection."""
        error = await failure(Wire(lambda _: streamed(SAMPLE[:1000], BROKEN_OFF)))

        assert UnreachableError is type(error)

    @pytest.mark.parametrize("server_url", ["http://x:y/", "http://\x00/", "http://\xad/"])
    async def test_invalid_server_url(self, server_url: str) -> None:
        """One of our errors, not httpx's."""
        error = await failure(Wire(), server_url=server_url)

        assert UnreachableError is type(error)

    @pytest.mark.parametrize("foreign", [httpx.ConnectTimeout("x"), httpx.ReadTimeout("x"), httpx.PoolTimeout("x")])
    async def test_httpx_gives_up(self, foreign: Exception) -> None:
        """Its timeouts become ours."""
        wire = Wire()
        wire.answer_in_turn(foreign)

        assert "OpenRouter did not answer within 20 seconds." == (await failure(wire)).operator_sentence

    @pytest.mark.parametrize("in_the_body", [False, True], ids=["head", "body"])
    async def test_no_answer_in_time(self, *, in_the_body: bool) -> None:
        """The timeout includes the body, even if it arrives byte by byte."""

        async def dripping() -> Any:
            yield b"{"
            await asyncio.Event().wait()

        async def silent(_: httpx.Request) -> httpx.Response:
            if in_the_body:
                return httpx.Response(200, content=dripping())
            await asyncio.Event().wait()
            raise AssertionError("it never answers")

        error = await failure(Wire(silent), timeout=timedelta(milliseconds=10))
        assert RequestTimeoutError is type(error)
        assert "OpenRouter did not answer within 0.01 seconds." == error.operator_sentence


@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.Response(status) for status in (204, 301, 400, 401, 404, 429, 500, 502, 503, 529)),
        httpx.Response(503, headers={"Retry-After": "0"}),
        httpx.Response(200, text="<html>"),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
    ],
    ids=repr,
)
async def test_a_call_is_one_request(answer: httpx.Response | Exception) -> None:
    """With any answer: the ledger counts calls, so the client must not retry."""
    wire = Wire()
    wire.answer_in_turn(answer, httpx.Response(200, content=SAMPLE))
    await failure(wire)

    assert 1 == len(wire.requests)

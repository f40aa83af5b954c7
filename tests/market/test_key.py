"""The API key also pays for inference: it goes into one header and nowhere else, whatever fails."""

import asyncio
import io
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.errors import OpenRouterError
from bot.market.client import OpenRouterClient
from bot.operations.sample import PATH
from bot.storage.bodies import pack
from bot.storage.database import open_database
from tests.fakes.clock import FakeClock
from tests.fakes.market import market_in
from tests.fakes.transport import KEY, Wire, streamed

ECHO = f'{{"error": {{"code": 0, "message": "Bearer {KEY}"}}}}'.encode()

ANSWERS: dict[str, Callable[[], httpx.Response]] = {
    **{str(status): partial(httpx.Response, status, content=ECHO) for status in (400, 401, 418, 429, 500, 503)},
    "redirect": lambda: httpx.Response(307, headers={"Location": f"https://elsewhere.example/?{KEY}"}),
    "retry-after": lambda: httpx.Response(429, headers={"Retry-After": KEY}),
    "garbage": lambda: httpx.Response(200, content=ECHO),
    "wrong values": lambda: httpx.Response(
        200, content=PATH.read_bytes().replace(b'"2026-08-31"', f'"{KEY}"'.encode())
    ),
    "wrong shares": lambda: httpx.Response(
        200, content=PATH.read_bytes().replace(b'_share":', f'_share":"{KEY}","":'.encode())
    ),
    "HTML": lambda: httpx.Response(200, content=b"<html>" + ECHO),
    "packed": lambda: streamed(ECHO, Content_Encoding="gzip"),
    "too long": lambda: httpx.Response(200, content=ECHO * 100_000),
    "torn": lambda: streamed(ECHO, httpx.ReadError(KEY)),
}
ERRORS: dict[str, Exception] = {
    "refused": httpx.ConnectError(f"Bearer {KEY}"),
    "illegal header": httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'"),
    "slow": httpx.ReadTimeout(f"Bearer {KEY}"),
    "torn": httpx.RemoteProtocolError(f"Bearer {KEY}"),
}


def everything_shown(error: BaseException) -> str:
    """What a log, a console or a crash report shows of an error and its causes."""
    told = [*traceback.format_exception(error)]
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        link = todo.pop()
        if link is None or link in seen:
            continue
        seen.append(link)
        told += [str(link), repr(link), repr(vars(link)), *getattr(link, "__notes__", [])]
        todo += [link.__cause__, None if link.__suppress_context__ else link.__context__]
    return "\n".join(told)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Every log record of every level, with arguments and traceback."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    for name in (None, "httpx", "httpcore", "bot", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_no_answer_reveals_it(answer: Callable[[], httpx.Response], everything_logged: io.StringIO) -> None:
    """Not even one that echoes the request."""
    wire = Wire(lambda _: answer())
    async with wire.client() as client:
        with pytest.raises(OpenRouterError) as raised:
            await client.get_task_classifications()
        logging.getLogger("bot").error("It failed", exc_info=raised.value)

    assert KEY not in everything_shown(raised.value)
    assert KEY not in everything_logged.getvalue()
    assert "It failed" in everything_logged.getvalue()


@pytest.mark.parametrize("foreign", ERRORS.values(), ids=ERRORS)
async def test_no_httpx_error_reveals_it(foreign: Exception, everything_logged: io.StringIO) -> None:
    """Httpx's errors contain the request, so none is passed on."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise foreign

    async with Wire(fail).client() as client:
        with pytest.raises(OpenRouterError) as raised:
            await client.get_task_classifications()
        logging.getLogger("bot").error("It failed", exc_info=raised.value)

    assert KEY not in everything_shown(raised.value)
    assert KEY not in everything_logged.getvalue()


async def test_no_repr_reveals_it() -> None:
    """Neither the client's nor the snapshot's."""
    async with Wire().client(app_title="Rankings") as client:
        shown = [
            repr(client),
            str(client),
            repr(vars(client)),
            repr(client.get_task_classifications),
        ]
        snapshot = await client.get_task_classifications()

    assert KEY not in "\n".join([*shown, repr(snapshot), str(snapshot)])


async def test_a_real_connection_does_not_log_it(everything_logged: io.StringIO) -> None:
    """Over a real socket, with every logger at its lowest level, only the server sees it."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, httpx.AsyncClient(trust_env=False) as http:
        client = OpenRouterClient(
            http, api_key=SecretStr(KEY), server_url=f"http://127.0.0.1:{port}", timeout=timedelta(seconds=5)
        )
        with pytest.raises(OpenRouterError) as raised:
            await client.get_task_classifications()

    assert 1 == heard.count(KEY.encode())
    assert "500" in everything_logged.getvalue()
    assert "httpcore" in everything_logged.getvalue()
    assert KEY not in everything_logged.getvalue() + everything_shown(raised.value)


def all_bytes_in(folder: Path) -> bytes:
    """The contents of all files in a directory."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_the_database_never_contains_it(tmp_path: Path, database_url: str, clock: FakeClock) -> None:
    """After successes and failures, not in any byte of its files."""
    wire = Wire()
    good = wire.handler
    async with open_database(database_url) as database, wire.client() as client:
        for handler in (lambda _: httpx.Response(429, content=ECHO), good):
            wire.handler = handler
            clock.advance(timedelta(minutes=20))
            market = market_in(database, client, clock=clock)
            await asyncio.gather(market.load_edition(), return_exceptions=True)

    assert 3 <= len(wire.requests)
    written = all_bytes_in(tmp_path)
    assert pack(PATH.read_bytes()) in written, "the bodies are compressed, and could hide it"
    assert KEY.encode() not in written

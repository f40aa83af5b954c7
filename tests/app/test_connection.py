"""Log in and stay connected: temporary failures are retried, and permanent ones end in one sentence."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.app.bot import RankingsBot
from bot.app.connection import FATAL_CLOSE_CODES, connect, log_in, retry_after, stay_connected
from bot.app.gallery import Gallery
from bot.errors import SettingsError
from bot.logs import shorten_traceback
from tests.wire.discord import DiscordStandIn
from tests.wire.faults import Fault
from tests.wire.gateway import GatewayFault
from tests.wire.in_process import Pauses, open_bot, staying, until
from tests.wire.values import Json

PAGE = b"<html><title>Access denied</title></html>"
HTML = {"Content-Type": "text/html"}
FIRST_PAUSE = 0.2
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture(name="bot")
async def _bot(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[RankingsBot, DiscordStandIn]]:
    async with open_bot(gallery, monkeypatch) as opened:
        yield opened


@pytest.fixture(name="server")
def _server(bot: tuple[RankingsBot, DiscordStandIn]) -> DiscordStandIn:
    return bot[1]


@pytest.fixture(name="client")
def _client(bot: tuple[RankingsBot, DiscordStandIn]) -> RankingsBot:
    return bot[0]


class TestLogin:
    async def test_temporary_failures_are_retried(
        self, client: RankingsBot, server: DiscordStandIn, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A 503, a closed socket and a proxy's pages: one log line for each, and no traceback."""
        pauses = Pauses()
        page_429 = Fault.before_accept(429, headers={**HTML, "Retry-After": "1800"}, body=PAGE)
        page_503 = Fault.before_accept(503, headers={**HTML, "Retry-After": "700"}, body=PAGE)
        page_401 = Fault.before_accept(401, headers=HTML, body=PAGE)
        unreadable = Fault.before_accept(200, headers={"Content-Type": "application/json"}, body=b"[]")
        server.arm("GET", "/users/@me", Fault.before_accept(503))
        server.arm("GET", "/users/@me", Fault.lost_answer(), count=2)  # aiohttp retries once by itself
        for fault in (page_429, page_503, page_401, unreadable):
            server.arm("GET", "/users/@me", fault)
        server.arm("GET", "/oauth2/applications/@me", Fault.before_accept(503))
        await log_in(client, server.token, sleep=pauses)

        first, second, page, other_page, *rest = pauses.seconds
        assert (7, 1800.0, 700.0) == (len(pauses.seconds), page, other_page)
        assert 0.5 <= first <= 1 <= second <= 2
        assert all(8 <= pause <= 64 for pause in rest)
        lines = [record for record in caplog.records if "The bot cannot log in" in record.getMessage()]
        assert 7 == len(lines)
        assert [] == [record for record in caplog.records if record.exc_info]
        assert server.token not in caplog.text
        assert client.logged_in.is_set()

    async def test_a_name_that_does_not_resolve_yet_is_retried(
        self, client: RankingsBot, server: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The machine's network comes up after the bot."""
        base = server.base_url
        monkeypatch.setattr("discord.http.Route.BASE", "http://discord.invalid:9/api")

        async def network_comes_up(_: float) -> None:
            monkeypatch.setattr("discord.http.Route.BASE", base)

        await log_in(client, server.token, sleep=network_comes_up)

        assert client.logged_in.is_set()

    async def test_discords_own_refusal_of_the_token_is_an_error(
        self, client: RankingsBot, server: DiscordStandIn
    ) -> None:
        """A 401 with JSON: the operator reads which setting is wrong."""
        with pytest.raises(SettingsError, match=r"^Discord rejects DISCORD_TOKEN: .+ into \.env again\.$"):
            await log_in(client, "another", sleep=Pauses())

    async def test_a_single_refusal_of_the_token_is_retried(self, client: RankingsBot, server: DiscordStandIn) -> None:
        """The bot reports it only if Discord rejects the token twice."""
        server.arm("GET", "/users/@me", Fault.before_accept(401, 0))
        await log_in(client, server.token, sleep=Pauses())

        assert client.logged_in.is_set()


class TestGateway:
    @pytest.fixture(autouse=True)
    def _shorten_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """discord.py also waits 5 s before each new session but the first."""

        async def wait_no_time(_: RankingsBot, shard_id: int | None, *, initial: bool) -> None: ...

        monkeypatch.setattr(RankingsBot, "before_identify_hook", wait_no_time)
        monkeypatch.setattr("bot.supervise.FIRST_PAUSE", FIRST_PAUSE)
        monkeypatch.setattr("bot.app.gateway.SHORTEST_BACKOFF", FIRST_PAUSE / 4)

    @pytest.mark.parametrize("code", sorted(FATAL_CLOSE_CODES))
    @pytest.mark.parametrize("is_early", [True, False])
    async def test_fatal_close_code_is_one_sentence(
        self,
        client: RankingsBot,
        server: DiscordStandIn,
        caplog: pytest.LogCaptureFixture,
        *,
        code: int,
        is_early: bool,
    ) -> None:
        """It says what the operator has to do, whenever the gateway sends the code."""
        server.gateway.fault = (
            GatewayFault(closed_with=code) if is_early else GatewayFault(closed_at_identify_with=code)
        )
        with pytest.raises(SettingsError) as ended:
            await stay_connected(client, server.token)

        assert FATAL_CLOSE_CODES[code] == ended.value.operator_sentence
        assert [] == [record for record in caplog.records if record.exc_info]

    async def test_request_for_the_gateways_address_is_retried(
        self, client: RankingsBot, server: DiscordStandIn
    ) -> None:
        """`GET /gateway/bot` fails, also with a page and `Retry-After`, which is obeyed."""
        pauses = Pauses()
        server.arm("GET", "/gateway/bot", Fault.before_accept(503))
        server.arm("GET", "/gateway/bot", Fault.before_accept(429, headers={**HTML, "Retry-After": "90"}, body=PAGE))
        await client.login(server.token)
        connecting = asyncio.create_task(connect(client, sleep=pauses))
        await server.wait_connected()
        await client.close()
        await connecting

        assert (2, 90.0) == (len(pauses.seconds), pauses.seconds[1])

    @pytest.mark.parametrize("fault", [GatewayFault(refused_with=503), GatewayFault(closed_with=4000)])
    async def test_gateway_that_fails_is_reopened(
        self, client: RankingsBot, server: DiscordStandIn, caplog: pytest.LogCaptureFixture, *, fault: GatewayFault
    ) -> None:
        """At the start and after a session: the bot reconnects, and `has_session` is false until then."""
        logging.getLogger("discord.shard").addFilter(shorten_traceback)
        async with staying(client, server):
            for total in (1, 2):
                server.gateway.fault = fault
                await hang_up(server)
                await opened(server, server.gateway.opened_total + 2)
                assert not client.has_session
                server.gateway.fault = GatewayFault()
                await server.wait_connected(total)
                await until(lambda: client.has_session)

        assert server.gateway.opened_total < 20
        assert [] == [record for record in caplog.records if record.exc_info]

    async def test_short_session_is_followed_by_a_pause(self, client: RankingsBot, server: DiscordStandIn) -> None:
        """Discord allows 1000 sessions a day, so there is a pause between the openings."""
        server.gateway.fault = GatewayFault(closed_in_session_with=4000)
        async with staying(client, server):
            await opened(server, 1)
            began = time.monotonic()
            await opened(server, 3)

        assert time.monotonic() - began >= FIRST_PAUSE / 2 + FIRST_PAUSE

    async def test_long_connection_is_resumed_at_once(
        self, client: RankingsBot, server: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Discord sometimes asks for it, and no event is lost."""
        monkeypatch.setattr("bot.app.gateway.LONG_LIVED", 0.0)
        async with staying(client, server):
            await (await server.wait_connected()).ask_reconnect()
            began = time.monotonic()
            await server.bell.until(lambda: server.gateway.resumed_total or None, within=10, what="a resumed session")

        assert time.monotonic() - began < 0.5
        assert 1 == server.gateway.ready_total

    async def test_unreadable_event_is_skipped(
        self, client: RankingsBot, server: DiscordStandIn, caplog: pytest.LogCaptureFixture
    ) -> None:
        """One log line for each, and the session continues."""
        async with staying(client, server):
            connection = await server.wait_connected()
            unreadable: list[Json] = [{}, {"id": "x"}, {"type": None}, {"data": []}]
            for payload in unreadable:
                await connection.dispatch("INTERACTION_CREATE", payload)
            await connection.dispatch("GUILD_CREATE", {"id": []})
            await connection.dispatch("NEWS", {"of": "Discord's"})
            await until(lambda: "GUILD_CREATE cannot be read" in caplog.text)
            assert client.has_session

        assert 5 == caplog.text.count("cannot be read")
        assert [] == [record for record in caplog.records if record.exc_info]
        assert 1 == server.gateway.opened_total

    async def test_unreadable_frame_ends_only_the_connection(self, client: RankingsBot, server: DiscordStandIn) -> None:
        """No event at all, or a session without its id: the bot opens another connection."""
        async with staying(client, server):
            for total, frame in enumerate(("{", "[]", '{"op": 0, "t": "READY", "s": 1, "d": {}}'), start=1):
                connection = await server.wait_connected(total)
                await connection.socket.send_str(frame)
                await server.wait_gone(connection)
            await server.wait_connected(4)


async def opened(server: DiscordStandIn, total: int) -> None:
    """Return after so many attempts to open a connection."""
    await server.bell.until(
        lambda: server.gateway.opened_total >= total or None, within=15, what=f"{total} openings of the gateway"
    )


async def hang_up(server: DiscordStandIn) -> None:
    """Close all connections."""
    for connection in list(server.connections):
        await connection.close(4000)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0.5", 0.5),
        (" 7 ", 7),
        ("Tue, 01 Sep 2026 12:01:00 GMT", 60),
        ("Tue, 01 Sep 2026 11:00:00 GMT", 0),
        ("-5", 0),
        ("nan", 0),
        ("inf", 0),
        ("999999999", 86_400),
        ("soon", 0),
        ("", 0),
    ],
)
def test_retry_after(header: str, seconds: float) -> None:
    """Seconds or a date, at most a day; anything else counts as 0."""
    answer: Any = SimpleNamespace(status=503, reason="Service Unavailable", headers={"Retry-After": header})

    assert seconds == retry_after(discord.HTTPException(answer, None), now=NOW)
    assert seconds == retry_after(caused_by(discord.HTTPException(answer, None)), now=NOW)


def test_retry_after_of_other_errors() -> None:
    """discord.RateLimited has its own; an error without one gives 0."""
    assert [7200, 0] == [retry_after(error, now=NOW) for error in (discord.RateLimited(7200), OSError())]


def caused_by(cause: Exception) -> Exception:
    """The error that discord.py raises from a failed request for the gateway."""
    error = discord.GatewayNotFound()  # type: ignore[no-untyped-call]  # discord.py forgot the annotation
    error.__cause__ = cause
    return error

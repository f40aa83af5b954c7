"""Logging in and staying connected: what fails is tried again later, and what only the operator can mend is said."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import aiohttp
import discord
from discord.utils import MISSING

from bot.clock import utc_now
from bot.errors import DiscordUnreachableError, SettingsError
from bot.retry_after import parse_retry_after
from bot.supervise import backoff_delays

Sleep = Callable[[float], Awaitable[None]]

FAILURES = (
    discord.HTTPException,
    discord.RateLimited,
    discord.GatewayNotFound,
    discord.ClientException,
    aiohttp.ClientError,
    OSError,
    LookupError,
    TypeError,
    ValueError,
)
"""What discord.py raises where Discord refuses, fails or cannot be reached, and where its answer cannot be read."""

LONGEST_RETRY_AFTER = timedelta(days=1)
LOGIN_TIMEOUT = 90.0
TOKEN_RETRY_DELAY = 2.0
CLOSE_TIMEOUT = 1.5
"""Seconds."""

LOGIN_REFUSED = "DISCORD_TOKEN is refused by Discord: copy the bot's token again into .env."
FATAL_CLOSE_CODES = {
    4004: LOGIN_REFUSED,
    4010: "SHARD_IDS names a shard that Discord refuses (4010): make it fit SHARD_COUNT, or leave both out.",
    4011: "SHARD_COUNT is too small for this bot's servers (4011): raise it, or leave it out and Discord decides.",
    4012: "Discord does not speak this version's gateway protocol any more (4012): install a newer version of the bot.",
    4013: "Discord does not know the intents that this version asks for (4013): install a newer version of the bot.",
    4014: "Discord refuses the bot its intents (4014): look at the bot's page at discord.com/developers.",
}
"""The gateway's close codes after which it is of no use to connect again.

Source: discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes.
"""

log = logging.getLogger(__name__)


@contextmanager
def translate_login_errors() -> Iterator[None]:
    """Turn what a login meets into SettingsError or DiscordUnreachableError; the token is part of neither."""
    try:
        yield
    except FAILURES as failed:
        if (sentence := _fatal_sentence(failed)) is not None:
            raise SettingsError(sentence) from None
        raise DiscordUnreachableError(f"Discord cannot be reached ({describe(failed)}): try again later.") from None


def describe(failed: BaseException) -> str:
    """Say in a few words what failed; no secret is among them."""
    if isinstance(failed.__cause__, discord.HTTPException):
        return describe(failed.__cause__)
    if isinstance(failed, discord.RateLimited):
        return "429"
    if isinstance(failed, discord.HTTPException):
        return f"{failed.status}, code {failed.code}" if failed.code else str(failed.status)
    if isinstance(failed, aiohttp.ClientHttpProxyError):
        return f"the proxy answered {failed.status}"
    if isinstance(failed, aiohttp.ClientResponseError):
        return str(failed.status)
    return type(failed).__name__


def retry_after(failed: BaseException, *, now: datetime) -> float:
    """Read how many seconds Discord, or what stands in front of it, asks to wait; 0 if it does not say."""
    if isinstance(failed, discord.RateLimited):
        return min(failed.retry_after, LONGEST_RETRY_AFTER.total_seconds())
    if isinstance(failed, discord.HTTPException):
        headers: Mapping[str, str] = failed.response.headers
    elif isinstance(failed, aiohttp.ClientResponseError):
        headers = failed.headers or {}
    else:
        return retry_after(failed.__cause__, now=now) if failed.__cause__ is not None else 0.0
    wait = parse_retry_after(headers.get("Retry-After"), now=now, longest=LONGEST_RETRY_AFTER)
    return wait.total_seconds() if wait else 0.0


async def stay_connected(client: discord.Client, token: str) -> None:
    """Keep a client logged in and connected until this is cancelled; raise SettingsError for what cannot be mended."""

    async def stay() -> None:
        await log_in(client, token)
        await connect(client)

    async with client:
        staying = asyncio.create_task(stay(), name="discord")
        try:
            await asyncio.wait({staying})
        finally:
            # While it reconnects, discord.py swallows a cancellation, unless the client is closed.
            await _close(client)
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)
    staying.result()


async def log_in(client: discord.Client, token: str, *, sleep: Sleep = asyncio.sleep) -> None:
    """Log in, however often it takes; raise SettingsError if Discord refuses the token twice in a row."""

    async def attempt() -> None:
        try:
            await attempt_once()
        except discord.LoginFailure as refused:
            if _fatal_sentence(refused) is None:
                raise
            await sleep(TOKEN_RETRY_DELAY)
            await attempt_once()

    async def attempt_once() -> None:
        try:
            async with asyncio.timeout(LOGIN_TIMEOUT):
                await client.login(token)
        except FAILURES:
            # Each login opens a session of its own, and closing one closes its connector.
            await client.http.close()
            client.http.connector = MISSING
            raise

    await _retry_until_done(attempt, what="log in", sleep=sleep)


async def connect(client: discord.Client, *, sleep: Sleep = asyncio.sleep) -> None:
    """Stay connected to the gateway until the client is closed; raise SettingsError at a fatal close code."""
    await _retry_until_done(client.connect, what="connect", sleep=sleep)


async def _retry_until_done(attempt: Callable[[], Awaitable[None]], *, what: str, sleep: Sleep) -> None:
    """Try again with growing pauses, and no sooner than Discord asks for."""
    for pause in backoff_delays():
        try:
            return await attempt()
        except FAILURES as failed:
            if (sentence := _fatal_sentence(failed)) is not None:
                raise SettingsError(sentence) from None
            seconds = max(pause, retry_after(failed, now=utc_now()))
            log.warning("The bot cannot %s (%s): it tries again in %.0f s", what, describe(failed), seconds)
        await sleep(seconds)
    raise AssertionError("unreachable: the pauses have no end")


async def _close(client: discord.Client) -> None:
    """Close a client; a gateway that does not answer its goodbye is not waited for."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await client.close()
    except TimeoutError:
        await client.http.close()


def _fatal_sentence(failed: BaseException) -> str | None:
    """Say what the operator has to do; None for what passes by itself."""
    if isinstance(failed, discord.PrivilegedIntentsRequired):
        return FATAL_CLOSE_CODES[4014]
    if isinstance(failed, discord.ConnectionClosed):
        return FATAL_CLOSE_CODES.get(failed.code)
    if isinstance(failed, discord.LoginFailure) and isinstance(failed.__cause__, discord.HTTPException):
        # The page of something that stands in front of Discord says nothing about the token.
        kind = failed.__cause__.response.headers.get("Content-Type", "")
        return LOGIN_REFUSED if kind.startswith("application/json") else None
    return None

"""Log in and stay connected: retry what may pass, and raise SettingsError for what only the operator can fix."""

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
"""What discord.py raises if Discord refuses, fails, cannot be reached, or sends an unreadable answer."""

LONGEST_RETRY_AFTER = timedelta(days=1)
LOGIN_TIMEOUT = 90.0
TOKEN_RETRY_DELAY = 2.0
CLOSE_TIMEOUT = 1.5
"""Seconds."""

LOGIN_REFUSED = "Discord rejects DISCORD_TOKEN: copy the bot's token into .env again."
FATAL_CLOSE_CODES = {
    4004: LOGIN_REFUSED,
    4010: "SHARD_IDS contains a shard that Discord rejects (4010): make it fit SHARD_COUNT, or leave both empty.",
    4011: "SHARD_COUNT is too small for this bot's servers (4011): raise it, or leave it empty and Discord decides.",
    4012: "Discord no longer supports this version's gateway protocol (4012): install a newer version of the bot.",
    4013: "Discord does not know the intents that this version requests (4013): install a newer version of the bot.",
    4014: "Discord does not allow the bot's intents (4014): check the bot's page at discord.com/developers.",
}
"""The gateway's close codes after which reconnecting cannot help, and what the operator has to do.

Source: discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes.
"""

log = logging.getLogger(__name__)


@contextmanager
def translate_login_errors() -> Iterator[None]:
    """Translate the errors of a login to SettingsError or DiscordUnreachableError; neither contains the token."""
    try:
        yield
    except FAILURES as failed:
        if (sentence := _fatal_sentence(failed)) is not None:
            raise SettingsError(sentence) from None
        raise DiscordUnreachableError(f"Discord cannot be reached ({describe(failed)}): try again later.") from None


def describe(failed: BaseException) -> str:
    """Describe an error in a few words, without secrets."""
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
    """The seconds that Discord or a proxy in front of it asks to wait, at most a day; 0 if it does not say."""
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
    """Keep a client logged in and connected until cancelled; raise SettingsError for what only the operator can fix."""

    async def stay() -> None:
        await log_in(client, token)
        await connect(client)

    async with client:
        staying = asyncio.create_task(stay(), name="discord")
        try:
            await asyncio.wait({staying})
        finally:
            # While discord.py reconnects, it swallows a cancellation unless the client is closed.
            await _close(client)
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)
    staying.result()


async def log_in(client: discord.Client, token: str, *, sleep: Sleep = asyncio.sleep) -> None:
    """Retry until the login succeeds; raise SettingsError if Discord rejects the token twice in a row."""

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
            # Each login opens a new session, and closing a session closes its connector.
            await client.http.close()
            client.http.connector = MISSING
            raise

    await _retry_until_done(attempt, what="log in", sleep=sleep)


async def connect(client: discord.Client, *, sleep: Sleep = asyncio.sleep) -> None:
    """Stay connected to the gateway until the client is closed; raise SettingsError after a fatal close code."""
    await _retry_until_done(client.connect, what="connect", sleep=sleep)


async def _retry_until_done(attempt: Callable[[], Awaitable[None]], *, what: str, sleep: Sleep) -> None:
    """Retry with exponential backoff, and not before the time that Discord asks for."""
    for pause in backoff_delays():
        try:
            return await attempt()
        except FAILURES as failed:
            if (sentence := _fatal_sentence(failed)) is not None:
                raise SettingsError(sentence) from None
            seconds = max(pause, retry_after(failed, now=utc_now()))
            log.warning("The bot cannot %s (%s): retrying in %.0f s", what, describe(failed), seconds)
        await sleep(seconds)
    raise AssertionError("unreachable: the pauses have no end")


async def _close(client: discord.Client) -> None:
    """Close a client; after CLOSE_TIMEOUT, stop waiting for the gateway's close frame."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await client.close()
    except TimeoutError:
        await client.http.close()


def _fatal_sentence(failed: BaseException) -> str | None:
    """Say what the operator has to do; None if a retry may help."""
    if isinstance(failed, discord.PrivilegedIntentsRequired):
        return FATAL_CLOSE_CODES[4014]
    if isinstance(failed, discord.ConnectionClosed):
        return FATAL_CLOSE_CODES.get(failed.code)
    if isinstance(failed, discord.LoginFailure) and isinstance(failed.__cause__, discord.HTTPException):
        # An HTML page comes from a proxy in front of Discord, and says nothing about the token.
        kind = failed.__cause__.response.headers.get("Content-Type", "")
        return LOGIN_REFUSED if kind.startswith("application/json") else None
    return None

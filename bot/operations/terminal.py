"""The operator's terminal: check the setup, and print the invite link."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import datetime

import discord
from discord.http import Route
from rich.console import Console

from bot.app.bot import RankingsBot
from bot.app.connection import FAILURES, describe, translate_login_errors
from bot.app.gallery import Gallery
from bot.app.permissions import POST_PERMISSIONS
from bot.app.registration import fetch_difference, payload_of
from bot.errors import QuotaSpentError, RankingsBotError, SettingsError, UnauthorizedError
from bot.market.past import WINDOW
from bot.market.protocols import StoredSnapshot
from bot.market.quota import Attempt, Outcome
from bot.network import find_proxy, make_tls_context
from bot.operations.sample import SampleMarket
from bot.running import opening_market
from bot.settings import Settings
from bot.storage.archive import SnapshotArchive
from bot.storage.database import open_database
from bot.storage.database_url import read_database_url
from bot.storage.ledger import QuotaLedger

WAIT_REASONS: Mapping[Outcome, str] = {
    Outcome.PENDING: "a request is in progress or was interrupted",
    Outcome.CURRENT: "the bot's own request limit is reached",
    Outcome.STALE: "the last answer had no newer data",
    Outcome.FAILED: "the last request failed",
    Outcome.REFUSED: "OpenRouter rejected this key (401)",
}
"""Why no request is sent now, by the outcome of the last request."""

console = Console(highlight=False)


async def check(settings: Settings) -> None:
    """Check the database, OpenRouter and Discord, and print each result; raise an error at the end if any failed."""
    console.print("Settings: OK")
    failures: list[RankingsBotError] = []
    tests: dict[str, Callable[[Settings], Awaitable[str]]] = {
        "Database": _check_database,
        "OpenRouter": _check_openrouter,
        "Discord": _check_discord,
    }
    for name, test in tests.items():
        try:
            console.print(f"{name}: {await test(settings)}", soft_wrap=True, markup=False)
        except RankingsBotError as error:
            console.print(f"{name}: {error.operator_sentence}", style="red", soft_wrap=True, markup=False)
            failures.append(error)
    if failures:
        wrong = SettingsError if any(isinstance(error, SettingsError) for error in failures) else RankingsBotError
        raise wrong(f"{len(failures)} of {len(tests) + 1} checks failed.")


async def invite(settings: Settings) -> None:
    """Print the link that adds the bot to a server with the permissions that it needs; raise RankingsBotError."""
    async with _logged_in(settings) as client:
        link = discord.utils.oauth_url(
            client.application_id or 0, permissions=POST_PERMISSIONS, scopes=("bot", "applications.commands")
        )
    console.print(link, soft_wrap=True)


async def _check_database(settings: Settings) -> str:
    """Open the database and describe it; the path is absolute, because a relative one depends on the directory."""
    address = read_database_url(settings.database_url.get_secret_value())
    is_new = address.file is not None and not address.file.exists()
    async with open_database(settings.database_url.get_secret_value()) as database:
        held = await SnapshotArchive(database).load_latest(WINDOW)
    content = f"latest snapshot as of {held.snapshot.as_of}" if held else "no snapshot yet"
    return f"OK, {'new file, ' if is_new else ''}{address}, {content}"


async def _check_openrouter(settings: Settings) -> str:
    """Send one request, within the same limits as the bot's."""
    settings.require_openrouter_api_key()
    async with (
        open_database(settings.database_url.get_secret_value()) as database,
        opening_market(settings, database) as market,
    ):
        try:
            snapshot = await market.fetch_snapshot()
        except QuotaSpentError as spent:
            ledger = QuotaLedger(database, key_fingerprint=settings.openrouter_key_fingerprint)
            held = await SnapshotArchive(database).load_latest(WINDOW)
            reason = _describe_wait(await ledger.load_last(), until=spent.until, held=held)
            return reason if await ledger.has_answered() else f"{reason}. This key is untested: check again then"
    return f"OK, data as of {snapshot.as_of}"


def _describe_wait(last: Attempt | None, *, until: datetime, held: StoredSnapshot | None) -> str:
    """Say why no request is sent; raise RankingsBotError if the key was rejected or the archive is empty."""
    outcome = last.outcome if last else Outcome.CURRENT
    reason = f"no request sent, because {WAIT_REASONS[outcome]}; next request at {until:%Y-%m-%d %H:%M:%S} UTC"
    if outcome is Outcome.REFUSED:
        raise UnauthorizedError(401, operator=f"{reason}. Correct OPENROUTER_API_KEY: a new key is tried at once.")
    if held is None:
        raise RankingsBotError(operator=f"{reason}. The archive has no data yet.")
    return f"{reason}; archived data as of {held.snapshot.as_of}"


async def _check_discord(settings: Settings) -> str:
    async with _logged_in(settings) as client:
        return f"OK, logged in as {client.user}; {await _describe_commands(client)}"


async def _describe_commands(client: discord.Client) -> str:
    """Say whether the commands that Discord has are the bot's."""
    with closing(Gallery(SampleMarket())) as gallery:
        async with RankingsBot(gallery=gallery) as bot:
            await bot.load_cogs()
            payload = payload_of(bot.tree)
    try:
        difference = await fetch_difference(client, payload)
    except FAILURES as failed:
        return f"its commands could not be compared ({describe(failed)}): check again later"
    if difference:
        return f"its registered commands differ ({difference}): the bot updates them when it runs"
    return "its commands are registered"


@asynccontextmanager
async def _logged_in(settings: Settings) -> AsyncIterator[discord.Client]:
    """Log in without connecting to the gateway; raise SettingsError or DiscordUnreachableError."""
    token = settings.require_discord_token()
    make_tls_context()  # raises SettingsError for bad certificates, where discord.py only says that it cannot connect
    async with discord.Client(intents=discord.Intents.none(), proxy=find_proxy(Route.BASE)) as client:
        with translate_login_errors():
            await client.login(token)
        yield client

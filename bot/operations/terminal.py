"""The operator's terminal: what works and what does not, and the invite link."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import datetime

import discord
from discord.http import Route
from rich.console import Console

from bot.app.bot import RankingsBot
from bot.app.connection import FAILURES, describe, translating_login
from bot.app.gallery import Gallery
from bot.app.permissions import NEEDED
from bot.app.registration import fetch_difference, payload_of
from bot.errors import QuotaSpentError, RankingsBotError, SettingsError, UnauthorizedError
from bot.market.protocols import StoredSnapshot
from bot.market.quota import Attempt, Outcome
from bot.market.service import WINDOW
from bot.network import find_proxy, make_tls_context
from bot.operations.sample import SampleMarket
from bot.running import opening_market
from bot.settings import Settings
from bot.storage.archive import SnapshotArchive
from bot.storage.database import open_database
from bot.storage.database_url import read_database_url
from bot.storage.ledger import QuotaLedger

RESTRAINTS: Mapping[Outcome, str] = {
    Outcome.PENDING: "a request is under way, or a process ended in it",
    Outcome.CURRENT: "it was asked often enough for now",
    Outcome.STALE: "its last answer had no newer data",
    Outcome.FAILED: "the last request failed",
    Outcome.REFUSED: "it did not accept this key (401)",
}
"""Why OpenRouter is not asked now, by the outcome of the last request."""

console = Console(highlight=False)


async def check(settings: Settings) -> None:
    """Test the database, OpenRouter and Discord one by one; raise the first error once all were tested."""
    console.print("Settings: fine")
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
    """Print the link that adds the bot to a server with the permissions that it needs; raise SettingsError."""
    async with _logged_in(settings) as client:
        link = discord.utils.oauth_url(
            client.application_id or 0, permissions=NEEDED, scopes=("bot", "applications.commands")
        )
    console.print(link, soft_wrap=True)


async def _check_database(settings: Settings) -> str:
    """Name the file in full: a relative path depends on the working directory."""
    address = read_database_url(settings.database_url.get_secret_value())
    is_new = address.file is not None and not address.file.exists()
    async with open_database(settings.database_url.get_secret_value()) as database:
        held = await SnapshotArchive(database).load_latest(WINDOW)
    holding = f"its latest snapshot is of {held.snapshot.as_of}" if held else "without a snapshot yet"
    return f"fine, {'a new file, ' if is_new else ''}{address}, {holding}"


async def _check_openrouter(settings: Settings) -> str:
    """Ask once, within the limits that hold for every request."""
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
            said = _restraint(await ledger.load_last(), until=spent.until, held=held)
            return said if await ledger.has_answered() else f"{said}. This key is not tried yet: check again then"
    return f"fine, its data is as of {snapshot.as_of}"


def _restraint(last: Attempt | None, *, until: datetime, held: StoredSnapshot | None) -> str:
    """Say why OpenRouter is not asked; raise RankingsBotError if the key was refused or there is no data."""
    outcome = last.outcome if last else Outcome.CURRENT
    said = f"not asked, because {RESTRAINTS[outcome]}; the next request is allowed at {until:%Y-%m-%d %H:%M:%S} UTC"
    if outcome is Outcome.REFUSED:
        raise UnauthorizedError(401, operator=f"{said}. Correct OPENROUTER_API_KEY: another key is tried at once.")
    if held is None:
        raise RankingsBotError(operator=f"{said}. The archive holds no data yet.")
    return f"{said}; the archive's data is as of {held.snapshot.as_of}"


async def _check_discord(settings: Settings) -> str:
    async with _logged_in(settings) as client:
        return f"fine, the bot is {client.user}; {await _commands_in_words(client)}"


async def _commands_in_words(client: discord.Client) -> str:
    """Say whether Discord has the commands that the bot registers."""
    with closing(Gallery(SampleMarket())) as gallery:
        async with RankingsBot(gallery=gallery) as bot:
            await bot.load_cogs()
            payload = payload_of(bot.tree)
    try:
        difference = await fetch_difference(client, payload)
    except FAILURES as failed:
        return f"its commands could not be compared ({describe(failed)}): check again later"
    if difference:
        return f"its registered commands differ ({difference}): it mends them when it runs"
    return "its commands are registered"


@asynccontextmanager
async def _logged_in(settings: Settings) -> AsyncIterator[discord.Client]:
    """Log in without connecting; raise SettingsError if Discord refuses the token."""
    token = settings.require_discord_token()
    make_tls_context()  # discord.py would only say that it cannot connect
    async with discord.Client(intents=discord.Intents.none(), proxy=find_proxy(Route.BASE)) as client:
        with translating_login():
            await client.login(token)
        yield client

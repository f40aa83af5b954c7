"""The operator's terminal: print a card as a table, check the setup, and print the invite link."""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import discord
from discord.http import Route
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.app.bot import RankingsBot
from bot.app.connection import FAILURES, describe, translate_login_errors
from bot.app.gallery import Gallery
from bot.app.permissions import POST_PERMISSIONS
from bot.app.registration import fetch_difference, payload_of
from bot.clock import utc_now
from bot.errors import QuotaSpentError, RankingsBotError, SettingsError, UnauthorizedError
from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.protocols import StoredSnapshot
from bot.market.quota import Attempt, Outcome
from bot.market.search import Candidate, resolve
from bot.market.service import WINDOW
from bot.network import find_proxy, make_tls_context
from bot.operations.sample import SampleMarket
from bot.presentation.board_sheets import make_sheet
from bot.presentation.sheets import FIGURES, Section, Sheet, age_in_days, age_in_words
from bot.presentation.text import Markup, sanitize
from bot.running import opening_market
from bot.settings import Settings
from bot.storage.archive import SnapshotArchive
from bot.storage.database import open_database
from bot.storage.database_url import read_database_url
from bot.storage.ledger import QuotaLedger

SAMPLE_NOTICE = "OPENROUTER_API_KEY is not set: this is the project's sample snapshot, as of 2026-08-31."
PIPED_WIDTH = 160
"""Columns if the output is not a terminal; enough to keep keys on one line."""

LONGEST_LINE = 1000

WAIT_REASONS: Mapping[Outcome, str] = {
    Outcome.PENDING: "a request is in progress or was interrupted",
    Outcome.CURRENT: "the bot's own request limit is reached",
    Outcome.STALE: "the last answer had no newer data",
    Outcome.FAILED: "the last request failed",
    Outcome.REFUSED: "OpenRouter rejected this key (401)",
}
"""Why no request is sent now, by the outcome of the last request."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
errors = Console(stderr=True, highlight=False)


async def show(settings: Settings, board: str, *, as_json: bool) -> None:
    """Print a board as a table or as JSON; raise RankingsBotError."""
    requested = Board.parse(board).ensure_known()
    edition = await _load_edition(settings)
    is_sample = settings.openrouter_api_key is None
    sheet = make_sheet(
        _resolve_subject(requested, edition), edition, age=None if is_sample else age_in_days(edition, utc_now())
    )
    if as_json:
        console.print_json(json.dumps(_as_json(sheet), default=str))
        return
    _print_sheet(sheet)


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


def _resolve_subject(requested: Board, edition: Edition) -> Board:
    """Find the board's subject by its key or its name; raise UnknownSubjectError with up to three suggestions."""
    categories = [Candidate(key, label) for key, label in edition.category_labels.items()]
    known = {BoardKind.CATEGORY: categories, BoardKind.TASK: edition.tasks, BoardKind.MODEL: edition.models}
    if requested.kind is BoardKind.OVERVIEW:
        return requested
    found = resolve(known[requested.kind], requested.subject, kind=requested.kind)
    return replace(requested, subject=found.key)


async def _load_edition(settings: Settings) -> Edition:
    """Load the edition that the bot would show; without an OpenRouter key, the sample."""
    if settings.openrouter_api_key is None:
        errors.print(SAMPLE_NOTICE, soft_wrap=True)
        return SampleMarket().find_edition()
    async with (
        open_database(settings.database_url.get_secret_value()) as database,
        opening_market(settings, database) as market,
    ):
        return await market.load_edition()


def _as_json(sheet: Sheet) -> dict[str, Any]:
    """The sheet as JSON, each figure as a field. Every row has all fields; null if it has no such figure."""
    whole = asdict(sheet)
    every_field = dict.fromkeys(wording.field for wording in FIGURES.values())
    for section in whole["sections"]:
        for row in section["rows"]:
            row.update(every_field | _fields(row.pop("figures")))
            if row["leader"]:
                row["leader"].update(_fields([row["leader"].pop("figure")]))
    return whole


def _fields(figures: list[dict[str, Any]]) -> dict[str, float]:
    return {FIGURES[figure["kind"]].field: figure["value"] for figure in figures}


def _print_sheet(sheet: Sheet) -> None:
    console.print(_text(sheet.title, style="bold"))
    console.print(_text(sheet.lead))
    for line in (age_in_words(sheet.age_days), sheet.id):
        if line:
            console.print(_text(line))
    for section in sheet.sections:
        console.print(_table(section))
        if section.left_out:
            console.print(f"and {section.left_out} more")
    for note in sheet.notes:
        console.print(_text(note, style="dim"))
    console.print(_text(sheet.citation, style="dim"), soft_wrap=True)


def _table(section: Section) -> Table:
    """A section as a table; the keys of its rows can be used in the next BOARD."""
    kinds = section.kinds
    has_leaders = any(row.leader for row in section.rows)
    table = Table(title=section.heading, title_justify="left", show_edge=False, pad_edge=False, box=None)
    table.add_column("", justify="right")
    for _ in ("label", "key"):
        table.add_column("", overflow="fold")
    for kind in kinds:
        table.add_column(FIGURES[kind].heading, justify="right", overflow="fold")
    for heading in ("leader", "") if has_leaders else ():
        table.add_column(heading, overflow="fold")
    for row in section.rows:
        leader = [row.leader.name, row.leader.figure.text] if row.leader else [""] * (2 * has_leaders)
        cells = [str(row.rank or ""), row.label, row.key, *row.texts(kinds), *leader]
        table.add_row(*(_text(cell) for cell in cells))
    return table


def _text(line: str, style: str = "") -> Text:
    """A line without the characters that could control the terminal."""
    return Text(sanitize(line, limit=LONGEST_LINE, markup=Markup.PLAIN), style=style)


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

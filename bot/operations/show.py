"""`show`: print a board as a table for people, or as JSON or CSV for programs."""

import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from enum import Enum
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.app.gallery import Market
from bot.clock import utc_now
from bot.market.board_input import resolve_board
from bot.market.boards import Board
from bot.operations.sample import SampleMarket
from bot.presentation.board_csv import board_csv
from bot.presentation.board_sheets import make_sheet
from bot.presentation.compared import dash_in_words
from bot.presentation.figures import FIGURES, FigureKind, meaning
from bot.presentation.row_texts import changes_in_words
from bot.presentation.sheets import Sheet, age_in_days
from bot.presentation.table import table_lines
from bot.presentation.text import Markup, sanitize
from bot.running import opening_market
from bot.settings import Settings
from bot.storage.database import open_database

SAMPLE_NOTICE = "OPENROUTER_API_KEY is not set: this is the project's sample, as of {as_of}."
PIPED_WIDTH = 160
"""Columns if the output is not a terminal; enough to keep keys on one line."""

LONGEST_LINE = 1000

console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
errors = Console(stderr=True, highlight=False)


class Form(Enum):
    """How a board is printed: as a table for people, or with all rows for programs."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


async def show(settings: Settings, board: str, form: Form) -> None:
    """Print a board as a table, as JSON or as CSV; raise RankingsBotError."""
    requested = Board.parse(board).ensure_known()
    is_sample = settings.openrouter_api_key is None
    async with _opening_market(settings) as market:
        newest = await market.load_edition()
        found = resolve_board(requested, newest)
        edition = await market.load_past(found, newest)
    age = None if is_sample else age_in_days(edition, utc_now())
    sheet = make_sheet(found, edition, age=age, is_whole=form is not Form.TABLE)
    if form is Form.TABLE:
        _print_sheet(sheet)
    else:
        text = (
            board_csv(sheet)
            if form is Form.CSV
            else json.dumps(_as_json(sheet), indent=2, ensure_ascii=False, default=str) + "\n"
        )
        console.file.write(text)


@asynccontextmanager
async def _opening_market(settings: Settings) -> AsyncIterator[Market]:
    """Open the market that the bot would use; without an OpenRouter key, the sample."""
    if settings.openrouter_api_key is None:
        sample = SampleMarket()
        errors.print(SAMPLE_NOTICE.format(as_of=sample.find_edition().snapshot.as_of), soft_wrap=True)
        yield sample
        return
    async with (
        open_database(settings.database_url.get_secret_value()) as database,
        opening_market(settings, database) as market,
    ):
        yield market


def _as_json(sheet: Sheet) -> dict[str, Any]:
    """The sheet as JSON, each figure as a field. Every row has all fields; null if it has no such figure."""
    whole = asdict(sheet)
    every_field = dict.fromkeys(wording.field for wording in FIGURES.values())
    for section in whole["sections"]:
        section["subject"] = section["subject"].name.lower()
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
    for line in (sheet.caution, sheet.id):
        if line:
            console.print(_text(line))
    explained: dict[str, None] = {}
    for section in sheet.sections:
        headings, *rows = table_lines(section, width=console.width, is_filled=console.is_terminal)
        for line, style in ((section.heading, "italic"), (headings, "bold"), *((row, "") for row in rows)):
            console.print(Text(line, style), soft_wrap=True)
        if section.left_out:
            console.print(f"and {section.left_out} more")
        explained |= dict.fromkeys(_explanations(section.kinds, headings, sheet))
    dash = dash_in_words(cell for row in sheet.rows for cell in row.compared)
    for note in filter(None, (*sheet.notes, *explained, dash, changes_in_words(sheet))):
        console.print(_text(note, style="dim"))
    console.print(_text(sheet.citation, style="dim"), soft_wrap=not console.is_terminal)


def _explanations(kinds: Sequence[FigureKind], headings: str, sheet: Sheet) -> Iterator[str]:
    """Explain the columns that a card does not have, if there is room for them."""
    for kind in kinds:
        heading = FIGURES[kind].heading
        if FIGURES[kind].is_detail and heading in headings.split():
            yield f"{heading}: {meaning(kind, metric=sheet.board.metric, whole=sheet.title)}."


def _text(line: str, style: str = "") -> Text:
    """A line without the characters that could control the terminal."""
    return Text(sanitize(line, limit=LONGEST_LINE, markup=Markup.PLAIN), style=style)

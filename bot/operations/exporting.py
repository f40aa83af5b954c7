"""`export`: write the archive as JSON lines that `import` reads, or as a long CSV."""

import csv
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TextIO

from rich.console import Console

from bot.errors import RankingsBotError, SettingsError
from bot.market.boards import Metric
from bot.market.models import LICENCE, RANKINGS_URL, TaskClassificationData, Window
from bot.operations.envelopes import ExportedRevision
from bot.presentation.board_csv import FORMULA_MARKS
from bot.settings import Settings
from bot.storage.archive import DAYS_AT_ONCE, SnapshotArchive
from bot.storage.database import Database, open_database
from bot.storage.revisions import RevisionStore

WINDOW: Window = "7d"
STDOUT = "-"
COLUMNS = ("as_of", "tag", "model", "metric", "share", "macro_category")
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"

errors = Console(stderr=True, highlight=False)

Span = tuple[date, date]
"""The first and the last day, both included."""


class Form(Enum):
    """What is written: every revision as received, or the shares of the newest revision of each day."""

    JSONL = "jsonl"
    CSV = "csv"


MEANINGS = {
    Form.JSONL: """Each line is one answer of `GET /classifications/task`, unchanged in `body`, with the hash of its bytes
in `sha256`. Several lines with the same `as_of` are revisions. `fetched_at` is when the answer was first
received, `checked_at` when it last came, in UTC. If `fetched_at` is null, it is unknown, and `checked_at`
is the latest possible time. `rankings-bot import` reads the file.
""",
    Form.CSV: """The figures are unchanged, and only their arrangement is new: one row for each share, from the newest
revision of each day. A share is a fraction (0-1) over the seven days that end with `as_of`. `metric` says
what it is a share of: requests or tokens.
- `tag` and `model`: the model's share of that task. Models that OpenRouter does not list have no row.
- `tag` without `model`: the task's share of all classified traffic.
- `macro_category` without `tag`: the category's share of all classified traffic.
In other rows `macro_category` is the category of the task. A `'` before a text keeps spreadsheets from
taking it for a formula.
""",
}
"""The explanation beside each form."""


async def export(settings: Settings, form: Form, span: Span, *, output: str, force: bool) -> None:
    """Write the archived days of a span to a file with its licence beside it; raise RankingsBotError."""
    if span[0] > span[1]:
        raise SettingsError(f"--since {span[0]} is after --until {span[1]}: exchange them.")
    with _opening(output, force=force) as file:
        async with open_database(settings.database_url.get_secret_value()) as database:
            days = [day for day in await SnapshotArchive(database).load_days(WINDOW) if span[0] <= day <= span[1]]
            if not days:
                raise RankingsBotError("The archive has no data for these days: nothing is written.")
            count = await _write(file, form, days, database=database)
        _write_notice(output, _notice(form, days))
    if output != STDOUT:
        errors.print(f"{output}: {count}; the licence is in {licence_file(output)}.", soft_wrap=True, markup=False)


def licence_file(output: str) -> Path:
    """The file beside an export that has the citation, the licence and the meaning of the data."""
    return Path(f"{output}.LICENSE.txt")


async def _write(file: TextIO, form: Form, days: list[date], *, database: Database) -> str:
    """Write the rows of all days; return how much it is."""
    if form is Form.JSONL:
        store, count = RevisionStore(database), 0
        async for revision in store.load(days[0], days[-1]):
            file.write(ExportedRevision.of(revision).model_dump_json() + "\n")
            count += 1
        left_out = f" ({store.unreadable} unreadable left out)" if store.unreadable else ""
        return f"{count} answers for {len(days)} days{left_out}"
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    async for data in _newest(days, SnapshotArchive(database)):
        writer.writerows(long_rows(data))
        count += 1
    return f"{count} of {len(days)} days"


async def _newest(days: list[date], archive: SnapshotArchive) -> AsyncIterator[TaskClassificationData]:
    """The data of each day, some days at a time, because all together need much memory."""
    for start in range(0, len(days), DAYS_AT_ONCE):
        some = days[start : start + DAYS_AT_ONCE]
        for snapshot in await archive.load_range(some[0], some[-1], window=WINDOW):
            yield snapshot.data


def long_rows(data: TaskClassificationData) -> Iterator[tuple[object, ...]]:
    """One row for each share of all traffic, and for each model's share of a task."""
    for category in data.macro_categories:
        for metric, share in _shares(category.usage_share, category.token_share):
            yield data.as_of, "", "", metric, share, _cell(category.key)
    for task in data.classifications:
        about = (_cell(task.tag), _cell(task.macro_category))
        for metric, share in _shares(task.usage_share, task.token_share):
            yield data.as_of, about[0], "", metric, share, about[1]
        for model in task.models:
            for metric, share in _shares(model.tag_usage_share, model.tag_token_share):
                yield data.as_of, about[0], _cell(model.id), metric, share, about[1]


def _shares(requests: float, tokens: float) -> Iterator[tuple[str, float]]:
    yield Metric.REQUESTS.value, requests
    yield Metric.TOKENS.value, tokens


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_MARKS) else text


def _notice(form: Form, days: list[date]) -> str:
    """The citation, the licence, and what the file means."""
    span = f"{days[0]} to {days[-1]}" if len(days) > 1 else f"{days[0]}"
    citation = f"Source: OpenRouter (openrouter.ai/rankings), as of {span}. {LICENCE}"
    return f"{citation}\n{RANKINGS_URL}\n{LICENCE_URL}\n\n{MEANINGS[form]}"


def _write_notice(output: str, notice: str) -> None:
    if output == STDOUT:
        errors.print(notice, soft_wrap=True, markup=False)
    else:
        licence_file(output).write_text(notice, encoding="utf-8")


@contextmanager
def _opening(output: str, *, force: bool) -> Iterator[TextIO]:
    """Open a file that appears under its name only when it is complete; raise SettingsError."""
    if output == STDOUT:
        try:
            yield sys.stdout
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
            raise RankingsBotError("The program that reads the output ended before the export.") from None
        return
    path = Path(output)
    if path.is_dir():
        raise SettingsError(f"{path} is a folder: name a file in it.")
    for taken in (path, licence_file(output)):
        if taken.exists() and not force:
            raise SettingsError(f"{taken} exists: choose another name, or replace it with --force.")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("x", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as failed:
        raise SettingsError(f"{path} cannot be written ({failed.strerror}): check the path and the disk.") from None
    finally:
        unfinished.unlink(missing_ok=True)

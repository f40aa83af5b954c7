"""`import`: take answers from files into the archive. It can be interrupted, and repeated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bot.clock import Clock, utc_now
from bot.errors import InvalidResponseError, RankingsBotError
from bot.operations.answer_files import AnswerFile, NoAnswerError, Part, find_files, read_parts
from bot.presentation.text import Markup, sanitize
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.revisions import Revision, RevisionStore

AT_ONCE = 50
"""How many answers are saved in one transaction."""

MOST_REASONS = 20
"""How many refused answers are listed one by one."""

DATA_SUFFIXES = {".json", ".jsonl", ".gz", ".zst"}
"""A file in a folder with one of these is refused if it cannot be read, instead of left alone."""

LONGEST_LINE = 400

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@dataclass
class Tally:
    """What became of the answers."""

    taken: list[date] = field(default_factory=list)
    """The day of each new answer."""
    present: int = 0
    refused: list[str] = field(default_factory=list)
    other_files: int = 0

    def refuse(self, file: AnswerFile, part: Part, refused: InvalidResponseError) -> None:
        """Note why an answer is refused. A file of another kind that nobody named, by its suffix too, is only counted."""
        looks_like_data = file.path.suffix.lower() in DATA_SUFFIXES
        if isinstance(refused, NoAnswerError) and not (file.is_named or looks_like_data):
            self.other_files += 1
            return
        place = f"{file.path}:{part.line}" if part.line else str(file.path)
        self.refused.append(f"{place}: {refused.operator_sentence.removesuffix('.')}")


async def import_files(settings: Settings, paths: Sequence[Path], *, clock: Clock = utc_now) -> None:
    """Import the answers of files and folders, and say what became of each; raise RankingsBotError if any is refused."""
    files = find_files(paths)
    tally = Tally()
    async with open_database(settings.database_url.get_secret_value()) as database:
        store = RevisionStore(database)
        with Progress(console=errors, disable=not errors.is_terminal, transient=True) as progress:
            task = progress.add_task("Importing", total=sum(file.size for file in files))
            waiting: list[Revision] = []
            for revision, bytes_read in _revisions(files, tally, clock=clock):
                progress.update(task, completed=bytes_read)
                waiting.append(revision)
                if len(waiting) == AT_ONCE:
                    await _save(store, waiting, tally)
                    waiting = []
            await _save(store, waiting, tally)
    _print(tally)
    if tally.refused:
        raise RankingsBotError(
            f"{len(tally.refused)} refused: correct or remove what is listed above, and import it again."
        )


def _revisions(files: Sequence[AnswerFile], tally: Tally, *, clock: Clock) -> Iterator[tuple[Revision, int]]:
    """The accepted answers of all files, each with the bytes that are read until then; the others go to the tally."""
    before = 0
    for file in files:
        for part in read_parts(file):
            revision = _check(part, file, tally, now=clock())
            if revision is not None:
                yield revision, before + part.bytes_read
        before += file.size


def _check(part: Part, file: AnswerFile, tally: Tally, *, now: datetime) -> Revision | None:
    """Check an answer like a live one; None if it is refused."""
    try:
        if isinstance(part.answer, InvalidResponseError):
            raise part.answer
        return part.answer.checked(written_at=file.written_at, now=now)
    except InvalidResponseError as refused:
        tally.refuse(file, part, refused)
        return None


async def _save(store: RevisionStore, revisions: Sequence[Revision], tally: Tally) -> None:
    for revision, is_new in zip(revisions, await store.save(revisions), strict=True):
        if is_new:
            tally.taken.append(revision.as_of)
        else:
            tally.present += 1


def _print(tally: Tally) -> None:
    days = sorted(set(tally.taken))
    span = (
        f", for {len(days)} days from {days[0]} to {days[-1]}" if len(days) > 1 else f", for {days[0]}" if days else ""
    )
    lines = [f"Taken: {len(tally.taken)}{span}", f"Skipped, already there: {tally.present}"]
    if tally.other_files:
        lines.append(f"Left alone, not JSON: {tally.other_files}")
    lines.append(f"Refused: {len(tally.refused)}")
    lines.extend(f"  {refused}" for refused in tally.refused[:MOST_REASONS])
    if len(tally.refused) > MOST_REASONS:
        lines.append(f"  and {len(tally.refused) - MOST_REASONS} more")
    for line in lines:
        text = sanitize(line, limit=LONGEST_LINE, markup=Markup.PLAIN)
        console.print(f"  {text}" if line.startswith(" ") else text, soft_wrap=True, markup=False)

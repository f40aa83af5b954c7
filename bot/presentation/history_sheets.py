"""The page of a history: a line over the archived days for each category, task or model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.histories import History
from bot.market.movements import Movement
from bot.market.queries import category_label, find_task, task_label
from bot.presentation.dates import day_in_words, range_in_words
from bot.presentation.figures import Figure, FigureKind
from bot.presentation.pages import IMPORT, Page, Ranking
from bot.presentation.row_texts import MOST_REQUESTS
from bot.presentation.sheets import Chart, Line, Row, Subject
from bot.presentation.text import percent, plural

MOST_NAMED = 4
"""Lines with a colour and a label."""

SUBJECTS: Mapping[BoardKind, Subject] = {
    BoardKind.OVERVIEW: Subject.CATEGORY,
    BoardKind.CATEGORY: Subject.TASK,
    BoardKind.TASK: Subject.MODEL,
    BoardKind.MODEL: Subject.TASK,
}
HEADINGS: Mapping[Subject, str] = {Subject.CATEGORY: "Categories", Subject.TASK: "Tasks", Subject.MODEL: "Models"}


def history_page(board: Board, edition: Edition) -> Page:
    """Write the page of a history; it says so if the archive has no day or one day of it."""
    until = edition.snapshot.as_of
    told = _Told(board, edition, edition.history or History(until, until, ()))
    rows = tuple(told.row(key) for key in told.present)
    if board.is_of_share:
        rows = tuple(sorted(rows, key=lambda row: row.key not in told.named))
    news = _news(told, rows[0]) if rows else None
    return Page(
        lead=_lead(told),
        scale=_scale(told),
        rankings=(Ranking(HEADINGS[told.subject], rows, len(told.named), told.subject),),
        notes=tuple(_notes(told)),
        macro_category=told.macro_category,
        id=told.about.subject if told.about.kind in {BoardKind.TASK, BoardKind.MODEL} else None,
        has_dates=True,
        news=f"{news} (synthetic)" if told.history.is_synthetic and news else news,
        chart=told.chart,
        has_changes=any(row.change for row in rows),
        is_synthetic=told.history.is_synthetic,
    )


@dataclass(frozen=True)
class _Told:
    """A history with all that is said of it."""

    board: Board
    edition: Edition
    history: History

    @property
    def about(self) -> Board:
        return self.board.subjects[0]

    @property
    def subject(self) -> Subject:
        return Subject.TASK if self.board.is_of_share else SUBJECTS[self.about.kind]

    @property
    def days(self) -> Sequence[date]:
        return [day for day, _ in self.history.points]

    @cached_property
    def last(self) -> date | None:
        """The last day with any share; earlier than the last archived day if the board's subject is no longer listed."""
        return max((points[-1][0] for points in self.history.series.values()), default=None)

    @property
    def is_gone(self) -> bool:
        return self.last is not None and self.last < self.days[-1]

    @cached_property
    def present(self) -> Sequence[str]:
        """The keys with a share on the last day, the largest first; equal shares in the order of the source."""
        shares = next((point.shares for day, point in self.history.points if day == self.last), {})
        return sorted(shares, key=lambda key: -shares[key])

    @property
    def named(self) -> Sequence[str]:
        """The keys whose lines have a colour."""
        if self.board.is_of_share:
            return [key for key in self.present if key == self.about.subject]
        return self.present[:MOST_NAMED]

    @cached_property
    def chart(self) -> Chart | None:
        """All lines; None without a share."""
        if self.last is None:
            return None
        named, series = self.named, self.history.series
        others = sorted(series.keys() - set(named), key=lambda key: (-max(share for _, share in series[key]), key))
        lines = (Line(self.labels[key], key, tuple(series[key]), key in named) for key in (*named, *others))
        return Chart(self.days[0], self.days[-1], tuple(lines))

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What each key is called; a task that the snapshots do not have is called by its tag."""
        keys = list(self.history.series)
        if self.subject is Subject.MODEL:
            return self.edition.names_of(keys)
        if self.subject is Subject.CATEGORY:
            return {key: category_label(self.edition.snapshot.data, key) for key in keys}
        return {tag: _task_label(tag, self.edition) for tag in keys}

    @property
    def has_breaks(self) -> bool:
        """Whether a named line has no point on an archived day between its first and its last."""
        series = [self.history.series[key] for key in self.named]
        return any(len(points) < sum(points[0][0] <= day <= points[-1][0] for day in self.days) for points in series)

    @property
    def macro_category(self) -> str | None:
        if self.about.kind is BoardKind.CATEGORY:
            return self.about.subject
        task = find_task(self.edition.snapshot.data, self.about.subject) if self.about.kind is BoardKind.TASK else None
        return task.macro_category if task else None

    def can_compare(self, day: date) -> bool:
        """Whether the windows of a day and the last one share no day."""
        return self.last is not None and (self.last - day).days >= self.edition.snapshot.data.window_days

    def row(self, key: str) -> Row:
        """What is said of a key: its share on the last day, how it changed since the first, and its extremes."""
        points = self.history.series[key]
        (first, earlier), (_, share), shares = points[0], points[-1], [share for _, share in points]
        figures = [Figure(FigureKind.TASK if self.is_of_a_task else FigureKind.ALL, share)]
        change = Movement(key, earlier, share, None, None).change
        if first == self.days[0] and self.can_compare(first) and not self.is_gone and change is not None:
            figures.append(Figure(FigureKind.CHANGE, change))
        if len(points) > 1:
            figures += [Figure(FigureKind.LOWEST, min(shares)), Figure(FigureKind.HIGHEST, max(shares))]
        remarks = [f"on {self.short(self.last)}"] if self.last and self.is_gone else []
        remarks += [f"from {percent(earlier)} on {self.short(first)}"] if self.can_compare(first) else []
        return Row(
            rank=None,
            label=self.labels[key],
            key=key,
            figures=tuple(figures),
            macro_category=self.category_of(key) or "",
            remark=", ".join(remarks),
        )

    @property
    def is_of_a_task(self) -> bool:
        """Whether its shares are of a task, rather than of all traffic."""
        return not self.board.is_of_share and self.about.kind in {BoardKind.TASK, BoardKind.MODEL}

    def category_of(self, key: str) -> str | None:
        """The macro-category of a line."""
        if self.subject is Subject.CATEGORY:
            return key
        task = find_task(self.edition.snapshot.data, key) if self.subject is Subject.TASK else None
        return task.macro_category if task else self.macro_category

    def short(self, day: date) -> str:
        """A day, with its year only if the history spans two."""
        return day_in_words(day, has_year=self.days[0].year != self.days[-1].year)


def _task_label(tag: str, edition: Edition) -> str:
    snapshots = [edition.snapshot, *([edition.earlier] if edition.earlier else [])]
    found = (find_task(each.data, tag) for each in snapshots)
    return next((task_label(task) for task in found if task), tag)


def _lead(told: _Told) -> str:
    metric = told.board.metric
    what = {
        BoardKind.OVERVIEW: f"Share of classified {metric}",
        BoardKind.CATEGORY: f"Its tasks' share of classified {metric}",
        BoardKind.TASK: f"Top models by share of its {metric}",
        BoardKind.MODEL: f"Its share of each task's {metric}",
    }[told.about.kind]
    if told.board.is_of_share:
        what = f"Share of classified {metric}"
    if not told.days:
        return what
    first, last = told.days[0], told.days[-1]
    return f"{what}, {day_in_words(last) if first == last else range_in_words(first, last)}"


def _scale(told: _Told) -> str:
    """Say what a point is, and how many days have none."""
    window = f"Each point is a {told.edition.snapshot.data.window_days}-day window"
    missing = told.history.missing
    return (
        f"{window}; {plural(missing, 'day')} without data {'is a gap' if missing == 1 else 'are gaps'}"
        if missing
        else window
    )


def _notes(told: _Told) -> list[str]:
    days, notes = told.days, []
    if not days:
        return ["The archive has no day of this yet. A line will show after two days of data.", IMPORT]
    if told.last is None:
        return ["No archived day lists this.", *_shortage(told)]
    notes.append(f"{_scale(told)}.")
    if told.is_gone:
        notes.append(f"No longer listed; its last day here is {day_in_words(told.last)}.")
    if told.has_breaks:
        notes.append("A line breaks on days on which it is not listed.")
    if told.subject is Subject.MODEL and told.board.metric is Metric.TOKENS:
        notes.append(MOST_REQUESTS)
    return [*notes, *_shortage(told)]


def _shortage(told: _Told) -> list[str]:
    first, last = told.days[0], told.days[-1]
    if first == last:
        following = day_in_words(last + timedelta(days=1)) if last < date.max else "the next day"
        return [f"There is one day so far; a line will show from {following} on.", IMPORT]
    return [f"The data here begins on {day_in_words(first)}.", IMPORT] if first > told.history.since else []


def _news(told: _Told, first: Row) -> str:
    """Say the largest share, and what it was before: “GPT-5.6 Luna leads with 18.7 %, from 11.1 % 59 days before”."""
    share, label = first.figures[0].text, first.label
    if told.is_gone and told.last is not None:
        return f"no longer listed, its last day here is {told.short(told.last)}"
    said = f"{label} leads with {share}"
    if told.board.is_of_share:
        said = f"{share} of classified {told.board.metric}"
    elif told.about.kind is BoardKind.MODEL:
        said = f"its largest share is {share}, of {label}"
    elif told.subject is Subject.MODEL and told.board.metric is Metric.TOKENS:
        said = f"{label} has {share}"
    day, earlier = told.history.series[first.key][0]
    before = f", from {percent(earlier)} {plural((told.days[-1] - day).days, 'day')} before"
    return f"{said}{before if told.can_compare(day) else ''}"

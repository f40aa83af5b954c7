"""Lines over days: a few in colour with their names at the right, the others in grey; days without data are gaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from bot.presentation.dates import day_in_words
from bot.presentation.palette import FAINT_INK, TRACK, Palette
from bot.presentation.pictures.canvas import Anchor, Canvas, Drawing, Point
from bot.presentation.pictures.fonts import Glyphs, Weight
from bot.presentation.pictures.frame import GAP, MARGIN, RIGHT, ROOM, SMALL, WIDTH, write_footer, write_header
from bot.presentation.pictures.lettering import Style
from bot.presentation.pictures.scale import round_steps, spread
from bot.presentation.pictures.signs import MARKERS
from bot.presentation.sheets import Chart, Line, Row, Sheet
from bot.presentation.text import percent

MOST_GREY, MOST_GREY_OF_LONG = 6, 3
"""The most lines without a name that are drawn, also of a long chart: a picture stays readable and small."""

LONG = 400
"""Days of a long chart."""

AXIS = Style(20, colour=FAINT_INK)
NAME = Style(28, Weight.BOLD)
SHARE = Style(27, Weight.MEDIUM)
WIDEST_NAME = 280
LABEL_PITCH = 68
LABEL_BASE, SHARE_BASE = -4, 25
"""The base lines of a name and its share, below the middle of their label."""

PLOT_HEIGHT = 352
AXIS_HEIGHT = 38
ABOVE = 18
COLOURS = ("#56b4e9", "#e69f00", "#5fd38d", "#cc79a7")
GREY = "#5c616b"
THICK, THIN, HAIRLINE = 4.5, 2.5, 2
DOT = 8

MARKER = 8
"""Half the width of a line's end."""

LEADING = 34
"""The room between a line's end and its label."""


@dataclass(frozen=True)
class Plot:
    """Where a share on a day is drawn; `most` is the share at the top."""

    since: date
    until: date
    most: float
    left: float
    right: float
    top: float
    bottom: float

    def x(self, day: date) -> float:
        """The place of a day; the only day of a chart is at the right."""
        days = (self.until - self.since).days
        return self.right if not days else self.left + (day - self.since).days / days * (self.right - self.left)

    def y(self, share: float) -> float:
        """The place of a share."""
        return self.bottom - share / self.most * (self.bottom - self.top)


def draw_lines(sheet: Sheet, palette: Palette, glyphs: Glyphs) -> Drawing:
    """Draw the chart of a sheet; `glyphs` are the host's."""
    canvas, chart = Canvas(glyphs), sheet.chart
    if chart is None:
        raise ValueError("a sheet without a chart has no lines")
    named, grey = _drawn(chart)
    notes = (*sheet.notes, _grey_in_words(sheet, len(grey)), *sheet.cautions)
    top = write_header(canvas, sheet, _captions(canvas, [note for note in notes if note])) + ABOVE
    highest = max(share for line in (*named, *grey) for _, share in line.points)
    steps = round_steps(highest)
    others = (line for line in chart.lines if line not in named)  # one may have nearly the same name
    every = [line.label for line in (*named, *others)]
    labels = canvas.lettering.fit(every, NAME, room=WIDEST_NAME, least=NAME.size)[0][: len(named)]
    texts = [(label, NAME) for label in labels] + [(_last_share(line, chart), SHARE) for line in named]
    plot = Plot(
        since=chart.since,
        until=chart.until,
        most=steps[-1],
        left=MARGIN + max(canvas.lettering.width(_axis_text(step), AXIS) for step in steps) + GAP,
        right=RIGHT - max(canvas.lettering.width(*text) for text in texts) - LEADING,
        top=top,
        bottom=top + PLOT_HEIGHT,
    )
    _draw_axes(canvas, plot, steps)
    for line in grey:
        _draw_line(canvas, line, plot, colour=GREY)
    colours = _colours(sheet.rows, named, palette)
    for line, colour in reversed(list(zip(named, colours, strict=True))):
        _draw_line(canvas, line, plot, colour=colour)
    _write_labels(canvas, plot, named, labels=labels, colours=colours)
    return canvas.drawing(
        WIDTH, write_footer(canvas, replace(sheet, compared_with=None), top=plot.bottom + AXIS_HEIGHT, aside="")
    )


def paths_of(line: Line, plot: Plot) -> tuple[str, str]:
    """The path of a line, which joins days that follow each other, and of its dots: days between two gaps.

    Each step is in whole tenths of a pixel from the point before, so that a path of years is short and still exact.
    """
    strokes: list[str] = []
    dots: list[str] = []
    for run in _runs(line.points):
        places = [(round(plot.x(day) * 10), round(plot.y(share) * 10)) for day, share in run]
        start = f"M{_tenths(places[0])}l"
        steps = [_tenths((to[0] - at[0], to[1] - at[1])) for at, to in pairwise(places)]
        (strokes if steps else dots).append(start + (" ".join(steps) or "0 0"))
    return "".join(strokes), "".join(dots)


def _runs(points: Sequence[tuple[date, float]]) -> Iterator[Sequence[tuple[date, float]]]:
    """The points in groups of days that follow each other."""
    breaks = [place for place in range(1, len(points)) if (points[place][0] - points[place - 1][0]).days > 1]
    for start, end in pairwise([0, *breaks, len(points)]):
        yield points[start:end]


def _tenths(at: tuple[int, int]) -> str:
    return f"{at[0] / 10:g} {at[1] / 10:g}"


def _draw_line(canvas: Canvas, line: Line, plot: Plot, *, colour: str) -> None:
    stroke, dots = paths_of(line, plot)
    thickness, dot = (THICK, DOT) if line.is_named else (THIN, 2 * THIN)
    with canvas.part("line" if line.is_named else "grey line"):
        if stroke:
            canvas.line(stroke, colour, thickness=thickness, says="line")
        if dots:
            canvas.line(dots, colour, thickness=dot, says="dots")


def _captions(canvas: Canvas, notes: Sequence[str]) -> Sequence[str]:
    """One line for each note, or for two that fit on one."""
    lines: list[str] = []
    for note in notes:
        joined = f"{lines[-1]} {note}" if lines else note
        if lines and canvas.lettering.width(canvas.lettering.drawable(joined), SMALL) <= ROOM:
            lines[-1] = joined
        else:
            lines.append(note)
    return lines


def _grey_in_words(sheet: Sheet, drawn: int) -> str:
    """Say what is in grey, and how many lines are not drawn."""
    more = sum(not line.is_named for line in sheet.chart.lines) if sheet.chart else 0
    others = f"{more} other tasks of its category" if sheet.board.is_of_share else f"{more} more"
    return f"In grey: {'' if drawn == more else f'the highest {drawn} of '}{others}." if more else ""


def _drawn(chart: Chart) -> tuple[Sequence[Line], Sequence[Line]]:
    """The lines with a name, and the grey ones."""
    most = MOST_GREY if (chart.until - chart.since).days < LONG else MOST_GREY_OF_LONG
    named = [line for line in chart.lines if line.is_named]
    return named, [line for line in chart.lines if not line.is_named][:most]


def _colours(rows: Sequence[Row], named: Sequence[Line], palette: Palette) -> Sequence[str]:
    """A category has its own colour; other lines have one each."""
    own = {row.key: palette.colour(row.macro_category) for row in rows if row.key == row.macro_category}
    return [own.get(line.key, COLOURS[place]) for place, line in enumerate(named)]


def _draw_axes(canvas: Canvas, plot: Plot, steps: Sequence[float]) -> None:
    for step in steps:
        y = plot.y(step)
        canvas.line(f"M{plot.left:.1f} {y:.1f}h{plot.right - plot.left:.1f}", TRACK, thickness=HAIRLINE, says="grid")
        canvas.text(_axis_text(step), (plot.left - GAP, y + 7), AXIS, anchor=Anchor.END, says="step")
    has_year = plot.since.year != plot.until.year
    for day, before in _ticks(plot.since, plot.until):
        text = day_in_words(day, has_year=has_year)
        left = plot.x(day) - before * canvas.lettering.width(text, AXIS)
        canvas.text(text, (left, plot.bottom + 29), AXIS, says="day")


def _ticks(since: date, until: date) -> Iterator[tuple[date, float]]:
    """The first day, one in the middle, and the last; each with the fraction of its text that is left of it."""
    days = (until - since).days
    if days:
        yield since, 0
    if days > 1:
        yield since + timedelta(days=days // 2), 0.5
    yield until, 1


def _axis_text(step: float) -> str:
    return f"{step * 100:g} %"


def _write_labels(
    canvas: Canvas, plot: Plot, named: Sequence[Line], *, labels: Sequence[str], colours: Sequence[str]
) -> None:
    """Write names and shares beside the ends of their lines, and a shape for readers who do not see the colours."""
    ends = [(plot.x(line.points[-1][0]), plot.y(line.points[-1][1])) for line in named]
    order = sorted(range(len(named)), key=lambda place: ends[place][1])
    low, high = plot.top + LABEL_PITCH / 2 - ABOVE, plot.bottom - LABEL_PITCH / 2 + ABOVE
    middles = spread([ends[place][1] for place in order], pitch=LABEL_PITCH, low=low, high=high)
    for place, middle in zip(order, middles, strict=True):
        line, colour, left = named[place], colours[place], plot.right + LEADING
        with canvas.part("label"):
            _draw_end(canvas, ends[place], to=(left - 6, middle), colour=colour)
            canvas.outline(MARKERS[place](*ends[place], MARKER), colour, says="end")
            style = Style(NAME.size, NAME.weight, colour)
            canvas.text(labels[place], (left, middle + LABEL_BASE), style, says="label")
            canvas.text(_last_share(line, plot), (left, middle + SHARE_BASE), SHARE, says="share")


def _last_share(line: Line, span: Chart | Plot) -> str:
    """The share on the last day, with its day if the line ends earlier."""
    day, share = line.points[-1]
    on = "" if day == span.until else f" on {day_in_words(day, has_year=span.since.year != span.until.year)}"
    return f"{percent(share)}{on}"


def _draw_end(canvas: Canvas, end: Point, *, to: Point, colour: str) -> None:
    """Lead from a line's end to its label, if that is not beside it."""
    if abs(end[1] - to[1]) > MARKER or to[0] - end[0] > LEADING:
        canvas.line(
            f"M{end[0]:.1f} {end[1]:.1f}l{to[0] - end[0]:.1f} {to[1] - end[1]:.1f}",
            colour,
            thickness=1.5,
            says="leader",
        )

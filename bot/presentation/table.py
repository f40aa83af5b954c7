"""A section of a sheet as a table for a terminal: as wide as the terminal, one line a row, no figure cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from bot.presentation.compared import dash_or_text
from bot.presentation.figures import FIGURES
from bot.presentation.sheets import Leader, Row, Section
from bot.presentation.text import NAMELESS, Markup, align_left, align_right, clip_apart, sanitize

GAP = 2
"""Cells between two columns."""

USUAL_NAME = 24
"""Cells that a name gets, if it needs them, before there are keys beside it."""

LEAST_NAME = 12
"""Cells that a name gets, if it needs them, before less important columns are left out."""

HEADING_WIDTHS = (24, 16, 12, 9, 7)
"""Cells of the names above the columns of a comparison: the first with which the table fits."""

LONGEST_TEXT = 1000


@dataclass(frozen=True)
class _Column:
    """A heading and the cells below it; only names may be clipped."""

    heading: str
    cells: Sequence[str]
    is_name: bool = False
    is_right: bool = False
    unnamed: str = ""
    """What is shown for a cell without visible characters."""

    @property
    def width(self) -> int:
        return max(cell_len(line) for line in (self.heading, *map(self._plain, self.cells)))

    def lines(self, width: int) -> list[str]:
        """The heading and the cells, each `width` cells wide."""
        align = align_right if self.is_right else align_left
        cells = clip_apart(self.cells, width, sanitize=self._plain) if self.is_name else map(self._plain, self.cells)
        return [align(line, width) for line in (self.heading, *cells)]

    def _plain(self, cell: str) -> str:
        """A cell on one line, without the characters that could control the terminal."""
        return sanitize(cell, limit=LONGEST_TEXT, markup=Markup.PLAIN) or self.unnamed


@dataclass(frozen=True)
class _Layout:
    """A choice of columns, and the cells that each name gets, if it needs them."""

    columns: Sequence[_Column]
    least_name: int = LEAST_NAME

    def fits(self, width: int) -> bool:
        """Whether there is room for the columns."""
        least = (min(each.width, self.least_name) if each.is_name else each.width for each in self.columns)
        return sum(least) + self._gaps <= width

    def widths(self, width: int, *, is_filled: bool) -> list[int]:
        """The width of each column: the widest name gives way first, and the first name takes what is left."""
        widths = [column.width for column in self.columns]
        names = [place for place, column in enumerate(self.columns) if column.is_name]
        spare = width - sum(widths) - self._gaps
        for _ in range(-spare):
            widest = max(names, key=lambda place: widths[place])
            widths[widest] = max(1, widths[widest] - 1)
        if is_filled and spare > 0:
            widths[names[0]] += spare
        return widths

    @property
    def _gaps(self) -> int:
        return GAP * (len(self.columns) - 1)


def table_lines(section: Section, *, width: int, is_filled: bool) -> list[str]:
    """Lay out a section in `width` cells: a line of headings, then one line for each row.

    Names are clipped so that different ones stay different. If there is too little room for them, less important
    columns are left out: first the keys, then the figures that are a detail, then the leaders. A filled table is not
    narrower than `width`: what it does not need is beside the names of the rows.
    """
    layouts = _layouts(section)
    layout = next((each for each in layouts if each.fits(width)), layouts[-1])
    widths = layout.widths(width, is_filled=is_filled)
    columns = [column.lines(each) for column, each in zip(layout.columns, widths, strict=True)]
    return [(" " * GAP).join(line) for line in zip(*columns, strict=True)]


def _layouts(section: Section) -> Sequence[_Layout]:
    """The choices of columns, from all of them to the fewest."""
    if section.compared:
        return list(_comparisons(section))
    start, keys = list(_start(section.rows)), _Column("", [row.key for row in section.rows])
    figures = dict(zip(section.kinds, _figures(section), strict=True))
    main = [column for kind, column in figures.items() if not FIGURES[kind].is_detail]
    leaders, before = list(_leaders(section.rows)), list(_earlier_leaders(section.rows))
    return [
        _Layout([*start, keys, *figures.values(), *leaders, *before], USUAL_NAME),
        _Layout([*start, *figures.values(), *leaders, *before]),
        _Layout([*start, *figures.values(), *leaders]),
        _Layout([*start, *main, *leaders]),
        _Layout([*start, *main, *leaders[:1]]),
        _Layout([*start, *main]),
    ]


def _comparisons(section: Section) -> Iterator[_Layout]:
    """A column for each of those compared, under ever shorter names, and at first who has the largest share of a row."""
    start, keys = list(_start(section.rows)), _Column("", [row.key for row in section.rows])
    names = [each.name for each in section.compared]
    ahead = [
        " = ".join(name for name, cell in zip(names, row.compared, strict=True) if cell.is_ahead)
        for row in section.rows
    ]
    columns = [[dash_or_text(row.compared[place]) for row in section.rows] for place in range(len(names))]
    for width in HEADING_WIDTHS:
        clipped = clip_apart(
            names, width, sanitize=lambda name: sanitize(name, limit=LONGEST_TEXT, markup=Markup.PLAIN)
        )
        shares = [_Column(name, cells, is_right=True) for name, cells in zip(clipped, columns, strict=True)]
        yield _Layout([*start, keys, *shares, _Column("largest", ahead, is_name=True)], USUAL_NAME)
        yield _Layout([*start, *shares, _Column("largest", ahead, is_name=True)])
        yield _Layout([*start, *shares])


def _start(rows: Sequence[Row]) -> Iterator[_Column]:
    """The ranks, if there are any, and the names."""
    if any(row.rank is not None for row in rows):
        yield _Column("", [str(row.rank or "") for row in rows], is_right=True)
    yield _Column("", [row.name for row in rows], is_name=True, unnamed=NAMELESS)


def _figures(section: Section) -> Iterator[_Column]:
    texts = [row.texts(section.kinds) for row in section.rows]
    for place, kind in enumerate(section.kinds):
        yield _Column(FIGURES[kind].heading, [text[place] for text in texts], is_right=True)


def _leaders(rows: Sequence[Row]) -> Iterator[_Column]:
    """The names of the leaders and their shares, if there are any."""
    if any(row.leader for row in rows):
        yield _Column("leader", [row.leader.name if row.leader else "" for row in rows], is_name=True)
        yield _Column("", [_leader_share(row.leader) if row.leader else "" for row in rows], is_right=True)


def _earlier_leaders(rows: Sequence[Row]) -> Iterator[_Column]:
    """The names of the models that led before, if the rows have them."""
    if any(row.leader and row.leader.earlier for row in rows):
        yield _Column("before", [row.leader.earlier or "" if row.leader else "" for row in rows], is_name=True)


def _leader_share(leader: Leader) -> str:
    return f"new {leader.figure.text}" if leader.is_new else leader.figure.text

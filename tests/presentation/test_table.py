"""The table of the terminal: as wide as the terminal, figures whole, names apart, keys whole or left out."""

from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.presentation.board_sheets import make_sheet
from bot.presentation.figures import FIGURES
from bot.presentation.sheets import Section
from bot.presentation.table import table_lines
from tests.odd_snapshots import ODD, boards_of

WIDTHS = (40, 80, 200)


def sections_of(edition: Edition, *boards: str) -> Iterator[Section]:
    """The sections of some boards, or of the first few of each kind."""
    for board in map(Board.parse, boards) if boards else boards_of(edition, most=1):
        yield from make_sheet(board, edition, age=None).sections


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("width", WIDTHS)
def test_any_table_is_as_wide_as_the_terminal(name: str, width: int) -> None:
    """Each row is one line with all figures that have room, whatever the labels are."""
    for section in sections_of(Edition(ODD[name]())):
        headings, *lines = table_lines(section, width=width, is_filled=True)
        assert {width} == {cell_len(line) for line in (headings, *lines)}
        assert len(section.rows) == len(lines)
        main = [kind for kind in section.kinds if not FIGURES[kind].is_detail]
        assert all(text in line for row, line in zip(section.rows, lines, strict=True) for text in row.texts(main))


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("width", WIDTHS)
def test_different_rows_stay_different(name: str, width: int) -> None:
    """Clipping never makes two names of one table look alike."""
    for section in sections_of(Edition(ODD[name]())):
        lines = table_lines(section, width=width, is_filled=False)[1:]
        if all(row.rank is None for row in section.rows):
            continue
        named = {row.label: line.split(maxsplit=1)[1] for row, line in zip(section.rows, lines, strict=True)}
        assert len(named) == len(set(named.values()))


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (40, "all leader"),
        (60, "all within leader"),
        (80, "all within leader"),
        (120, "code:general_impl all within leader"),
    ],
)
def test_less_important_columns_go_first(sample: Edition, width: int, columns: str) -> None:
    """A key is whole or not there, because only a whole one can be used; the rank, the name and the share stay."""
    (section,) = sections_of(sample, "code")
    headings, first, *_ = table_lines(section, width=width, is_filled=True)
    key = ["code:general_impl"] if "code:general_impl" in first else []
    assert columns.split() == [*key, *headings.split()]
    assert first.startswith("1  Code Generat")


def test_room_that_is_left_is_beside_the_names(sample: Edition) -> None:
    """The keys stay beside the figures; in a pipe, a table is only as wide as it needs."""
    (section,) = sections_of(sample, "task:code:general_impl")
    filled, needed = (table_lines(section, width=150, is_filled=each)[1] for each in (True, False))
    key = section.rows[0].key
    assert 150 == len(filled) > len(needed)
    assert needed.partition(key)[1:] == filled.partition(key)[1:]
    assert filled.startswith(needed.partition(key)[0])

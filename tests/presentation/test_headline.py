import re
from dataclasses import replace

import pytest

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.presentation.board_sheets import make_sheet
from bot.presentation.headline import headline
from bot.presentation.sheets import Section
from bot.presentation.text import units
from tests.odd_snapshots import HOSTILE, ODD, boards_of, snapshot_of, task
from tests.presentation.bodies import odd
from tests.presentation.weeks import compared

LUNA = "openai/gpt-5.6-luna-20260709"


def headline_of(board: str, edition: Edition) -> str:
    """The headline of a board."""
    return headline(make_sheet(Board.parse(board), edition, age=None))


@pytest.mark.parametrize(
    ("board", "expected"),
    [
        ("code", "Code, 31 Aug: Code Generation leads with 4.0 %"),
        ("code/tokens", "Code by tokens, 31 Aug: Code Generation leads with 12.5 %"),
        ("overview", "What models are used for, 31 Aug: Classification leads with 23.1 %"),
        ("task:code:general_impl", "Code Generation, 31 Aug: GPT-5.6 Luna leads with 19.2 %"),
        ("task:code:general_impl/tokens", "Code Generation by tokens, 31 Aug: GPT-5.6 Luna has 21.6 % of tokens"),
        (f"model:{LUNA}", "GPT-5.6 Luna, 31 Aug: its largest share is 32.3 %, of Translation"),
        ("task:gone", "gone, 31 Aug: This data has no such task. It may have been renamed or removed."),
    ],
)
def test_headline_says_what_is_first(sample: Edition, board: str, expected: str) -> None:
    """Title, day, and the leader with its share; by tokens, no model “leads”."""
    assert expected == headline_of(board, sample)


@pytest.mark.parametrize(
    ("board", "expected"),
    [
        ("code", "Code, 7 Sep: Code Generation leads with 4.8 %, up 0.8 points"),
        ("code/tokens", "Code by tokens, 7 Sep: Code Generation leads with 13.7 %, up 1.2 points"),
        ("task:translation", "Translation, 7 Sep: GPT-5.6 Luna leads with 21.0 %, down 11.3 points"),
        ("task:code:debugging", "Debugging, 7 Sep: GPT-5.6 Luna now leads with 19.5 %, up 10.8 points"),
        ("task:code:debugging/tokens", "Debugging by tokens, 7 Sep: GPT-5.6 Luna has 19.6 % of tokens, up 11.4 points"),
        (f"model:{LUNA}", "GPT-5.6 Luna, 7 Sep: its largest share is 55.7 %, of Tool Dispatch, up 42.6 points"),
    ],
)
def test_headline_says_what_changed(board: str, expected: str) -> None:
    """The change of the first share, and whether its model leads since then; by tokens, no model “leads”."""
    assert expected == headline_of(board, compared())


def test_several_may_lead() -> None:
    """By tokens, equal shares have the same rank; by requests, the source's own order separates them."""
    assert "Code by tokens, 31 Aug: Task 0 and 4 others lead with 10.0 %" == headline_of("code/tokens", odd("ties"))
    assert "Code, 31 Aug: Task 0 leads with 10.0 %" == headline_of("code", odd("ties"))


@pytest.mark.parametrize(("as_of", "expected"), [("2026-01-01", "1 Jan"), ("2025-12-31", "31 Dec")])
def test_day_is_short(as_of: str, expected: str) -> None:
    """Always in English, on a machine in any language."""
    assert f"code, {expected}: One leads" in headline_of("code", Edition(snapshot_of([task("a", "One")], as_of=as_of)))


@pytest.mark.parametrize("text", HOSTILE)
def test_headline_pings_nobody(sample: Edition, text: str) -> None:
    """Discord reads mentions, links and markdown there; the source's texts become none of them."""
    sheet = make_sheet(Board.parse("code"), sample, age=None)
    row = replace(sheet.rows[0], label=text)
    said = headline(replace(sheet, title=text, sections=(Section("Tasks", (row,)),)))
    assert re.search(r"@(?!\u200b)|(?<!\\)[<*_~`|\[\]]|(?<!\\):(?! )", said) is None
    assert "\n" not in said


@pytest.mark.parametrize("name", ODD)
def test_headline_is_one_short_line(name: str) -> None:
    """Far below the limit of 2000, with room for a mention."""
    edition = odd(name)
    for board in boards_of(edition, most=3):
        said = headline(make_sheet(board, edition, age=None))
        assert (1, True) == (len(said.splitlines()), units(said) < 600)


def test_title_that_looks_like_a_list_starts_none() -> None:
    """Discord would number the message otherwise."""
    edition = Edition(snapshot_of([task("x", "1. first")]))
    assert headline_of("task:x", edition).startswith("1\\. first, 31 Aug: ")

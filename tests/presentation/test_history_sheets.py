import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.models import SYNTHETIC
from bot.presentation.board_csv import board_csv
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import Card, make_card
from bot.presentation.dates import day_in_words, range_in_words
from bot.presentation.guide import about_data, make_guide
from bot.presentation.headline import headline
from bot.presentation.sheets import Row, Sheet
from tests.odd_snapshots import ODD, boards_of
from tests.presentation.bodies import assert_discord_takes, odd
from tests.presentation.histories import (
    DAY,
    UNTIL,
    Bodies,
    Shares,
    drifting,
    edition_of,
    generated,
    synthetic,
    with_history,
)

IMPORT = "Whoever runs this bot can import older days."
RISING = {"maker/alpha-20260101": [0.1 + number / 100 for number in range(10)], "maker/beta-20260101": [0.08] * 10}


def card_of(board: str, bodies: Bodies, *, of: Callable[[Edition], Edition] = lambda edition: edition) -> Card:
    """The card of a history."""
    return make_card(Board.parse(board), of(edition_of(bodies, board)), age=None)


def sheet_of(board: str, bodies: Bodies, *, is_whole: bool = False) -> Sheet:
    """The sheet of a history."""
    return make_sheet(Board.parse(board), edition_of(bodies, board), age=None, is_whole=is_whole)


def said(row: Row) -> list[str]:
    """The figures of a row, and its remark."""
    return [*(figure.spoken for figure in row.figures), row.remark]


def gone_on(number: int) -> Bodies:
    """Ten days, whose task has another tag from a day on."""
    bodies = drifting(RISING)
    return {
        day: raw.replace(b"code:x", b"code:y") if day >= UNTIL - number * DAY else raw for day, raw in bodies.items()
    }


class TestWords:
    def test_lead_names_both_dates_and_notes_the_window(self) -> None:
        """The card says the change between two windows that share no day, and where it came from."""
        sheet = sheet_of("history:10:task:code:x", drifting(RISING))
        assert "Top models by share of its requests, 29 Aug to 7 Sep 2026" == sheet.lead
        assert ("Each point is a 7-day window.",) == sheet.notes
        alpha, beta = sheet.rows
        assert ["19.0 %", "up 9.0 points", "lowest 10.0 %", "highest 19.0 %", "from 10.0 % on 29 Aug"] == said(alpha)
        assert ["8.0 %", "unchanged", "lowest 8.0 %", "highest 8.0 %", "from 8.0 % on 29 Aug"] == said(beta)
        assert "2026-08-29" == sheet.compared_with

    def test_windows_that_overlap_are_not_compared(self) -> None:
        """Seven days have six between the first and the last."""
        sheet = sheet_of("history:7:task:code:x", drifting(RISING))
        assert [["19.0 %", "lowest 13.0 %", "highest 19.0 %", ""]] == [said(row) for row in sheet.rows[:1]]
        assert (None, None) == (sheet.compared_with, sheet.changes_from)

    def test_model_that_came_later_has_no_change(self) -> None:
        """But its own first share and day."""
        shares: dict[str, Shares] = {
            "a/new": [None, None, *[0.1 + number / 100 for number in range(12)]],
            "a/old": [0.05] * 14,
        }
        new, old = sheet_of("history:14:task:code:x", drifting(shares)).rows
        assert "from 10.0 % on 27 Aug" == new.remark
        assert [None, "unchanged"] == [row.change and row.change.spoken for row in (new, old)]

    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("history:40:overview", "Share of classified requests, 1 Jun to 10 Jul 2026"),
            ("history:40:code/tokens", "Its tasks' share of classified tokens, 1 Jun to 10 Jul 2026"),
            ("history:40:share:code:plan", "Share of classified requests, 1 Jun to 10 Jul 2026"),
            ("history:40:model:maker/model-3-20260401", "Its share of each task's requests, 1 Jun to 10 Jul 2026"),
        ],
    )
    def test_each_kind_says_what_its_shares_are(self, board: str, expected: str) -> None:
        """By the metric, over the archived days."""
        assert expected == sheet_of(board, generated(0)).lead

    def test_by_tokens_a_task_says_what_its_list_is(self) -> None:
        """It lists the models with the most requests."""
        assert "Others may have more tokens" in " ".join(
            sheet_of("history:7:task:code:x/tokens", drifting(RISING)).notes
        )

    @pytest.mark.parametrize(
        ("since", "until", "expected"),
        [
            (date(2026, 9, 8), date(2026, 11, 6), "8 Sep to 6 Nov 2026"),
            (date(2025, 12, 31), date(2026, 1, 1), "31 Dec 2025 to 1 Jan 2026"),
        ],
    )
    def test_dates_have_their_year_once(self, since: date, until: date, expected: str) -> None:
        """Both have it if they differ."""
        assert (expected, "8 Sep") == (range_in_words(since, until), day_in_words(date(2026, 9, 8), has_year=False))


class TestLittleData:
    def test_one_day_is_shown_and_says_from_when_on_a_line_will_be(self) -> None:
        """With its dots."""
        card = card_of("history:30:task:code:x", drifting({"a/b": [0.2]}))
        assert "Top models by share of its requests, 7 Sep 2026" == card.sheet.lead
        assert ("There is one day so far; a line will show from 8 Sep 2026 on.", IMPORT) == card.sheet.notes[1:]
        assert [["20.0 %", ""]] == [said(row) for row in card.sheet.rows]
        assert card.picture

    @pytest.mark.parametrize("has_history", [True, False])
    def test_without_days_the_card_says_what_to_do(self, *, has_history: bool) -> None:
        """It has no picture."""
        empty = lambda edition: replace(  # noqa: E731 - shorter
            edition, history=replace(edition.history, points=()) if has_history and edition.history else None
        )
        card = card_of("history:30:overview", drifting({"a/b": [0.2]}), of=empty)
        assert (
            "The archive has no day of this yet. A line will show after two days of data.",
            IMPORT,
        ) == card.sheet.notes
        assert None is card.picture

    def test_archive_that_is_too_young_says_when_it_begins(self) -> None:
        """Older days can be imported."""
        assert ("The data here begins on 29 Aug 2026.", IMPORT) == sheet_of("history:90:code", drifting(RISING)).notes[
            1:
        ]
        assert 1 == len(sheet_of("history:10:code", drifting(RISING)).notes)


class TestNoLongerListed:
    def test_task_keeps_its_lines(self) -> None:
        """The card says its last day, and each share the day that it is of."""
        card = card_of("history:10:task:code:x", gone_on(1))
        assert "No longer listed; its last day here is 5 Sep 2026." in card.sheet.notes
        assert [["17.0 %", "lowest 10.0 %", "highest 17.0 %", "on 5 Sep, from 10.0 % on 29 Aug"]] == [
            said(row) for row in card.sheet.rows[:1]
        ]
        assert (None, True) == (card.sheet.compared_with, card.picture is not None)
        assert "17.0 % on 5 Sep" in (card.picture.svg if card.picture else "")
        assert headline(card.sheet).endswith(": no longer listed, its last day here is 5 Sep")

    def test_own_share_of_a_task_keeps_its_line(self) -> None:
        """By its tag, because no snapshot has its label."""
        sheet = sheet_of("history:10:share:code:x", gone_on(1))
        assert [("code:x", True)] == [(line.label, line.is_named) for line in sheet.chart.lines] if sheet.chart else []

    def test_nothing_of_a_subject_that_never_was(self) -> None:
        """The card says so."""
        card = card_of("history:10:model:no/body", drifting(RISING))
        assert ("No archived day lists this.", None) == (card.sheet.notes[0], card.picture)

    def test_names_of_models_of_older_days_are_distinct(self) -> None:
        """Also if only an older day lists one of them."""
        shares: dict[str, Shares] = {"a/alpha-20260101": [0.1, 0.1, None], "a/alpha-20260202": [0.2, 0.2, 0.2]}
        sheet = sheet_of("history:7:task:code:x", drifting(shares))
        assert ["Alpha 02-02", "Alpha 01-01"] == [line.label for line in sheet.chart.lines] if sheet.chart else []


class TestNews:
    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("task:code:x", "Code:X, 10 days, 7 Sep: Alpha leads with 19.0 %, from 10.0 % 9 days before"),
            ("task:code:x/tokens", "Code:X, 10 days by tokens, 7 Sep: Alpha has 19.0 %, from 10.0 % 9 days before"),
            (
                "share:code:x",
                "Code:X, its share, 10 days, 7 Sep: 10.0 % of classified requests, from 10.0 % 9 days before",
            ),
            ("overview", "Categories, 10 days, 7 Sep: Code leads with 50.0 %, from 50.0 % 9 days before"),
            (
                "model:maker/alpha-20260101",
                "Alpha, 10 days, 7 Sep: its largest share is 19.0 %, of Code:X, from 10.0 % 9 days before",
            ),
        ],
    )
    def test_push_line_says_the_largest_share_and_what_it_was(self, board: str, expected: str) -> None:
        """If the windows share no day."""
        assert expected == headline(sheet_of(f"history:10:{board}", drifting(RISING))).replace("\\", "")
        assert "before" not in headline(sheet_of(f"history:7:{board}", drifting(RISING)))

    def test_synthetic_days_say_so(self) -> None:
        """In the push line too."""
        assert headline(sheet_of("history:10:code", synthetic(drifting(RISING)))).endswith("(synthetic)")


class TestCsv:
    def test_every_day_of_every_line_is_a_record(self) -> None:
        """Oldest first, each with its own day and source."""
        shares: dict[str, Shares] = {"a/one": [0.1, None, 0.3], "a/two": [0.2, 0.2, 0.2]}
        sheet = sheet_of("history:7:task:code:x", drifting(shares), is_whole=True)
        records = list(csv.DictReader(StringIO(board_csv(sheet))))
        expected = [("a/one", 0.1), ("a/two", 0.2), ("a/two", 0.2), ("a/one", 0.3), ("a/two", 0.2)]
        assert expected == [(each["id"], float(each["tag_usage_share"])) for each in sorted(records, key=_day_and_id)]
        assert ["2026-09-05", "2026-09-05", "2026-09-06", "2026-09-07", "2026-09-07"] == [
            each["as_of"] for each in records
        ]
        assert ["as_of", "tag", "id", "name", "tag_usage_share", "window_days", "source"] == list(records[0])
        assert all(f"as of {each['as_of']}." in each["source"] for each in records)
        assert {"code:x"} == {each["tag"] for each in records}

    @pytest.mark.parametrize(
        ("board", "columns"),
        [
            ("overview", ["key", "label", "usage_share"]),
            ("code/tokens", ["tag", "display_name", "token_share"]),
            ("share:code:x", ["tag", "display_name", "usage_share"]),
            ("model:maker/alpha-20260101", ["id", "tag", "display_name", "tag_usage_share"]),
        ],
    )
    def test_columns_have_openrouter_s_names(self, board: str, columns: list[str]) -> None:
        """As in the CSV of other boards."""
        header = board_csv(sheet_of(f"history:7:{board}", drifting(RISING))).split("\n", 1)[0]
        assert ["as_of", *columns, "window_days", "source"] == header.split(",")

    def test_empty_history_has_a_header_only(self) -> None:
        """There is nothing to list."""
        assert 1 == board_csv(sheet_of("history:7:model:no/body", drifting(RISING))).count("\n")


def _day_and_id(record: dict[str, str]) -> tuple[str, str]:
    return record["as_of"], record["id"]


def test_nothing_synthetic_cites_openrouter() -> None:
    """Neither embed, picture, alt text, CSV nor guide."""
    board = "history:10:task:code:x"
    card, sheet = card_of(board, synthetic(drifting(RISING))), sheet_of(board, synthetic(drifting(RISING)))
    guide = make_guide(sheet)
    assert card.picture
    for text in (card.embed.footer.text, card.picture.alt_text, card.picture.svg, board_csv(sheet), guide.footer.text):
        assert SYNTHETIC in (text or "").replace("&#x27;", "'")
    everything = [str(card.embed.to_dict()), card.picture.svg, card.picture.alt_text, board_csv(sheet)]
    everything += [str(guide.to_dict()), about_data(sheet, asked=None)]
    assert [] == [text for text in everything if "openrouter.ai" in text or "CC BY" in text or "Source:" in text]


def test_kept_card_has_no_points() -> None:
    """Years of them would stay in memory with the card."""
    card = card_of("history:10:code", drifting(RISING))
    assert (None, True) == (card.sheet.chart, card.picture is not None)


def test_alt_text_says_what_the_picture_shows() -> None:
    """The share on the last day, and the share on the first."""
    picture = card_of("history:10:task:code:x", drifting(RISING)).picture
    assert picture
    assert "Alpha 19.0 %, up 9.0 points, from 10.0 % on 29 Aug, lowest 10.0 %, highest 19.0 %" in picture.alt_text


@pytest.mark.parametrize("name", ODD)
async def test_odd_snapshots_make_cards_that_discord_takes(name: str) -> None:
    """For the history of every kind of board."""
    for about in boards_of(odd(name), most=2):
        board = Board.history(about, metric=about.metric)
        card = make_card(board, with_history(odd(name), board), age=None)
        assert_discord_takes(card)
        assert card.picture is None or len(card.picture.alt_text) <= 1024

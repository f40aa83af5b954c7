import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from bot.market.boards import Board, Metric
from bot.market.editions import Edition
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import make_card
from bot.presentation.figures import FIGURES, Figure, FigureKind, meaning
from bot.presentation.sheets import REVISED, Leader, Row, Section, Sheet, age_in_days
from tests.odd_snapshots import ODD, boards_of
from tests.presentation.bodies import odd

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."
LUNA = "openai/gpt-5.6-luna-20260709"
DEEPSEEKS = ("deepseek/deepseek-v4-flash-20260423", "deepseek/deepseek-v4-flash-20260731")


def sheet_of(board: str, edition: Edition) -> Sheet:
    """Answer a board, written as its text."""
    return make_sheet(Board.parse(board), edition, age=None)


class TestFiguresOfTheSample:
    def test_overview_has_the_categories_and_the_top_tasks(self, sample: Edition) -> None:
        """Categories are sorted by share, not in the source's order, and ten of 29 tasks are shown."""
        sheet = sheet_of("overview", sample)
        categories, tasks = sheet.sections
        expected = [(1, "General", "54.4 %"), (2, "Data", "19.5 %"), (3, "Agent", "13.8 %"), (4, "Code", "12.2 %")]
        assert expected == [(row.rank, row.label, row.figures[0].text) for row in categories.rows]
        assert (1, "Classification", 0.231) == (tasks.rows[0].rank, tasks.rows[0].label, tasks.rows[0].figures[0].value)
        assert (10, 19) == (len(tasks.rows), tasks.left_out)

    @pytest.mark.parametrize(
        ("board", "lead", "first", "last"),
        [
            ("code/requests", "12.2 %", ("4.0 %", "32.4 %", "19.2 %"), ("0.2 %", "1.5 %", "11.1 %")),
            ("code/tokens", "37.3 %", ("12.5 %", "33.4 %", "21.6 %"), ("0.5 %", "1.4 %", "7.5 %")),
        ],
    )
    def test_category_has_its_tasks_with_their_leaders(
        self, sample: Edition, *, board: str, lead: str, first: tuple[str, ...], last: tuple[str, ...]
    ) -> None:
        """Each task has its share of all requests, its share of the category, and its leader's share."""
        sheet = sheet_of(board, sample)
        rows = sheet.rows
        figures = [
            (*(figure.text for figure in row.figures), row.leader.figure.text if row.leader else "")
            for row in (rows[0], rows[-1])
        ]
        assert sheet.lead.startswith(f"{lead} of classified ")
        assert [first, last] == figures
        assert (1, "Code Generation", "code:general_impl") == (rows[0].rank, rows[0].label, rows[0].key)
        assert ("GPT-5.6 Luna", LUNA) == (rows[0].leader and rows[0].leader.name, rows[0].leader and rows[0].leader.id)
        assert 9 == len(rows)

    def test_leader_has_the_most_requests_by_tokens_too(self, sample: Edition) -> None:
        """By tokens it is the same model with its token share, because an unlisted model may have more tokens."""
        leaders = {row.label: row.leader for row in sheet_of("data/tokens", sample).rows}
        gemini = Leader("Gemini 2.5 Flash Lite", "google/gemini-2.5-flash-lite", Figure(FigureKind.TASK, 0.04))
        assert gemini == leaders["Data Extraction"]

    def test_task_has_its_models(self, sample: Edition) -> None:
        """Ten models ranked by requests, with their shares of the task."""
        sheet = sheet_of("task:code:general_impl", sample)
        assert "4.0 % of classified requests (32.4 % of Code), last 7 days" == sheet.lead
        expected = [(1, "GPT-5.6 Luna", 0.192), (2, "DeepSeek V4 Flash 07-31", 0.135)]
        assert expected == [(row.rank, row.label, row.figures[0].value) for row in sheet.rows[:2]]
        assert (10, "code:general_impl") == (len(sheet.rows), sheet.id)

    def test_tokens_differ_from_requests(self, sample: Edition) -> None:
        """Classification is the first of all tasks by requests, but not by tokens."""
        leads = [sheet_of(f"task:classification_tagging/{metric}", sample).lead for metric in Metric]
        assert ["23.1 %", "5.5 %"] == [lead[: lead.index("%") + 1] for lead in leads]

    def test_models_have_no_rank_by_tokens(self, sample: Edition) -> None:
        """The source lists the top models by requests, so nobody knows which model is first by tokens."""
        sheet = sheet_of("task:classification_tagging/tokens", sample)
        assert {None} == {row.rank for row in sheet.rows}
        assert "Others may have more tokens." in sheet.notes[0]
        assert [0.073, 0.073, 0.068] == [row.figures[0].value for row in sheet.rows[:3]]

    def test_model_has_its_tasks(self, sample: Edition) -> None:
        """Every task that lists the model, with its rank by requests there, sorted by share."""
        sheet = sheet_of(f"model:{LUNA}", sample)
        assert ("GPT-5.6 Luna", LUNA) == (sheet.title, sheet.id)
        assert "Its share of requests in 26 of 29 tasks, last 7 days" == sheet.lead
        expected = [(1, "Translation", 0.323), (1, "Code Generation", 0.192), (2, "Data Transformation", 0.156)]
        assert expected == [(row.rank, row.label, row.figures[0].value) for row in sheet.rows[:3]]

    def test_models_of_one_name_are_told_apart_by_date(self, sample: Edition) -> None:
        """The two DeepSeek V4 Flash are two models."""
        titles = [sheet_of(f"model:{model_id}", sample).title for model_id in DEEPSEEKS]
        assert ["DeepSeek V4 Flash 04-23", "DeepSeek V4 Flash 07-31"] == titles

    def test_every_board_names_metric_window_date_and_source(self, sample: Edition) -> None:
        """So that every figure is clear."""
        for board in boards_of(sample):
            sheet = make_sheet(board, sample, age=None)
            assert board.metric in sheet.lead
            assert sheet.lead.endswith(", last 7 days")
            assert ("2026-08-31", 7, CITATION) == (sheet.as_of, sheet.window_days, sheet.citation)

    def test_rows_are_in_order(self, sample: Edition) -> None:
        """In every section the larger share comes first."""
        for board in boards_of(sample):
            for section in make_sheet(board, sample, age=None).sections:
                shares = [row.figures[0].value for row in section.rows]
                assert sorted(shares, reverse=True) == shares


class TestPicturedRows:
    def test_picture_shows_tasks_not_categories(self, sample: Edition) -> None:
        """An overview's picture has room for seven rows below its categories."""
        sheet = sheet_of("overview", sample)
        assert sheet.sections[1].rows[:7] == sheet.pictured
        assert 22 == sheet.unpictured

    def test_picture_counts_what_it_leaves_out(self, sample: Edition) -> None:
        """It counts the rows that only the text shows, and those that neither shows."""
        assert (9, 17) == (
            len(sheet_of(f"model:{LUNA}", sample).pictured),
            sheet_of(f"model:{LUNA}", sample).unpictured,
        )
        assert 51 == sheet_of("code", odd("sixty_tasks")).unpictured
        assert 0 == sheet_of("code", sample).unpictured


class TestWholeSheets:
    @pytest.mark.parametrize(
        ("board", "expected"), [("overview", (4, 29)), (f"model:{LUNA}", (26,)), ("code", (9,)), ("task:math", (10,))]
    )
    def test_whole_sheet_leaves_nothing_out(self, sample: Edition, board: str, expected: tuple[int, ...]) -> None:
        """Its first rows are the card's rows."""
        whole = make_sheet(Board.parse(board), sample, age=None, is_whole=True)
        assert expected == tuple(len(section.rows) for section in whole.sections)
        assert {0} == {section.left_out for section in whole.sections}
        for section, shown in zip(whole.sections, sheet_of(board, sample).sections, strict=True):
            assert shown.rows == section.rows[: len(shown.rows)]

    def test_sixty_tasks_are_sixty_rows(self) -> None:
        """Also those that a card leaves out."""
        assert 60 == len(make_sheet(Board.parse("code"), odd("sixty_tasks"), age=None, is_whole=True).rows)


class TestEmptyBoards:
    @pytest.mark.parametrize(
        ("board", "name", "expected"),
        [
            ("task:gone", "no_models", "This data has no such task. It may have been renamed or removed."),
            ("task:code:none", "no_models", "OpenRouter lists no models for this task."),
            ("empty", "category_without_tasks", "This data has no task in Empty."),
            ("nowhere", "category_without_tasks", "This data has no task in nowhere."),
            (
                "model:a/b",
                "no_models",
                "No task lists this model. Each task lists only its top models.",
            ),
        ],
    )
    @pytest.mark.parametrize("metric", Metric)
    def test_an_empty_board_says_why(self, *, board: str, name: str, expected: str, metric: Metric) -> None:
        """It has no row, and its only note is the reason."""
        sheet = sheet_of(f"{board}/{metric}", odd(name))
        assert ((), (expected,)) == (sheet.rows, sheet.notes)

    def test_task_without_models_has_no_leader(self) -> None:
        """Although other tasks have one."""
        assert [False, True, False] == [bool(row.leader) for row in sheet_of("code", odd("no_models")).rows]


class TestOddSnapshots:
    def test_ties_share_a_rank_by_tokens(self) -> None:
        """By requests the source's order separates them; by tokens nothing separates them."""
        ranks = [[row.rank for row in sheet_of(f"code/{metric}", odd("ties")).rows] for metric in Metric]
        assert [[1, 2, 3, 4, 5], [1, 1, 1, 1, 1]] == ranks

    def test_no_more_rows_than_a_card_has_room_for(self) -> None:
        """The sheet counts the rest."""
        section = sheet_of("code", odd("sixty_tasks")).sections[0]
        assert (15, 45) == (len(section.rows), section.left_out)

    def test_category_that_only_tasks_name_is_there(self) -> None:
        """A new category has its key as its label."""
        edition = odd("category_without_tasks")
        assert {"empty": "Empty", "code": "code"} == dict(sheet_of("overview", edition).category_labels)
        assert ["One"] == [row.label for row in sheet_of("code", edition).rows]

    @pytest.mark.parametrize("name", ODD)
    def test_every_board_of_an_odd_snapshot_can_be_answered(self, name: str) -> None:
        """It names metric, window and source, however long the labels are."""
        edition = odd(name)
        for board in boards_of(edition, most=3):
            sheet = make_sheet(board, edition, age=None)
            assert board.metric in sheet.lead
            assert (True, CITATION) == (sheet.lead.endswith(", last 7 days"), sheet.citation)


class TestAge:
    END_OF_AS_OF = datetime(2026, 9, 1, tzinfo=UTC)

    @pytest.mark.parametrize(("hours", "expected"), [(0, None), (36, None), (37, 2), (49, 3), (-20, None)])
    def test_age_is_said_after_36_hours(self, sample: Edition, hours: int, expected: int | None) -> None:
        """Newer data should be there long before. A clock that is behind gives no age."""
        assert expected == age_in_days(sample, self.END_OF_AS_OF + timedelta(hours=hours))

    @pytest.mark.parametrize(
        ("days", "is_revised", "expected"),
        [
            (None, False, ""),
            (2, False, "This data is 2 days old: newer data has not arrived."),
            (None, True, REVISED),
            (
                3,
                True,
                f"This data is 3 days old: newer data has not arrived. {REVISED}",
            ),
        ],
    )
    def test_what_to_know_about_the_data_is_said_everywhere(
        self, sample: Edition, *, days: int | None, is_revised: bool, expected: str
    ) -> None:
        """That it is old, or that its day was revised: in the text, on the picture and in the alt text."""
        for board in (
            "overview",
            "code",
            "task:math/tokens",
            "movers:all:7",
            "digest",
            "compare:task:math|task:devops",
        ):
            card = make_card(Board.parse(board), replace(sample, is_revised=is_revised), age=days)
            assert expected == card.sheet.caution
            assert expected in (card.embed.description or "")
            if card.picture is not None:
                assert expected in card.picture.alt_text
                assert expected in " ".join(
                    unescape(text) for text in re.findall(r">([^<>]+)</text>", card.picture.svg)
                )

    def test_age_stands_on_the_sheet(self, sample: Edition) -> None:
        """As a number of days."""
        assert 3 == make_sheet(Board.parse("code"), sample, age=3).age_days


class TestFigures:
    def test_each_kind_has_its_wording(self) -> None:
        """A kind without a heading and a meaning could not be shown."""
        assert set(FigureKind) == set(FIGURES)

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            (FigureKind.ALL, "share of all classified tokens"),
            (FigureKind.WITHIN, "share of the tokens in {Code}"),
            (FigureKind.CHANGE, "change of the share in percentage points"),
            (FigureKind.TASK, "share of {Code} tokens"),
        ],
    )
    def test_meaning_is_said_in_words(self, kind: FigureKind, expected: str) -> None:
        """With the metric and the whole. Braces in a label stay as they are."""
        assert expected == meaning(kind, metric=Metric.TOKENS, whole="{Code}")

    def test_figures_of_a_row_have_fields_of_their_own(self, sample: Edition) -> None:
        """So that in JSON no figure replaces another, on any board."""
        for board in boards_of(sample, most=5):
            for row in make_sheet(board, sample, age=None).rows:
                assert len(row.figures) == len({FIGURES[figure.kind].field for figure in row.figures})

    def test_columns_are_the_kinds_of_all_rows(self) -> None:
        """In order of appearance. A row without a figure has an empty cell."""
        share, within = Figure(FigureKind.ALL, 0.5), Figure(FigureKind.WITHIN, 0.25)
        section = Section("", (Row(1, "A", "a", (share,), "code"), Row(2, "B", "b", (share, within), "code")))
        assert (FigureKind.ALL, FigureKind.WITHIN) == section.kinds
        assert [["50.0 %", ""], ["50.0 %", "25.0 %"]] == [row.texts(section.kinds) for row in section.rows]

"""Cards of comparisons: embed, alt text, push line, CSV and table, against the snapshot."""

import csv
import re
from io import StringIO

import pytest
from rich.cells import cell_len

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.presentation.board_csv import board_csv
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import Card, make_card
from bot.presentation.controls import LONGEST_LABEL
from bot.presentation.guide import make_guide
from bot.presentation.headline import headline
from bot.presentation.sheets import Sheet
from bot.presentation.table import table_lines
from bot.presentation.text import percent, units
from tests.odd_snapshots import ODD, model, snapshot_of, task
from tests.presentation.bodies import assert_discord_takes, odd
from tests.presentation.comparisons import comparisons_of, shares_beside, texts_beside
from tests.presentation.weeks import alone, compared

LUNA, FLASH = "openai/gpt-5.6-luna-20260709", "deepseek/deepseek-v4-flash-20260731"
TWO_MODELS = f"compare:model:{LUNA}|model:{FLASH}"
TWO_TASKS = "compare:task:code:debugging|task:translation"
FIGURE = re.compile(r"<?\d+\.\d %")


def card_of(board: Board | str, edition: Edition | None = None) -> Card:
    """The card of a board."""
    asked = Board.parse(board) if isinstance(board, str) else board
    return make_card(asked, edition or alone(), age=None)


def sheet_of(board: Board | str, edition: Edition | None = None, *, is_whole: bool = False) -> Sheet:
    """The sheet of a board."""
    asked = Board.parse(board) if isinstance(board, str) else board
    return make_sheet(asked, edition or alone(), age=None, is_whole=is_whole)


def text_of(card: Card) -> str:
    """The embed's text as people read it."""
    return re.sub(r"\*\*|\\", "", card.embed.description or "").replace("\u00a0", " ")


def of_models(*lists: list[tuple[str, float]], board: str = "compare:model:a|model:b") -> str:
    """What the card of a comparison says above its rows, for tasks that list these models."""
    tasks = [
        task(f"t{n}", models=[model(name, share, share) for name, share in listed]) for n, listed in enumerate(lists)
    ]
    return sheet_of(board, Edition(snapshot_of(tasks))).notes[0]


class TestTruth:
    def test_embed_has_the_shares_of_the_snapshot(self) -> None:
        """Each of the first five rows has all of them and no others; what is not listed is said in words."""
        for board in comparisons_of(alone()):
            card = card_of(board)
            shown = card.sheet.rows[:5]
            lines = text_of(card).splitlines()[-len(shown) - 1 : -1]
            rows = dict(zip([row.key for row in shown], lines, strict=True))
            for row in shown:
                shares = shares_beside(board, alone().snapshot.data, row.key)
                listed = sorted((share for share in shares if share is not None), reverse=True)
                assert rows[row.key].startswith(row.label)
                assert [percent(share) for share in listed] == FIGURE.findall(rows[row.key].removeprefix(row.label))
                assert ("not in the top 10" in rows[row.key]) == (None in shares)
                assert "0.0 %" not in rows[row.key]

    def test_alt_text_has_the_shares_of_the_picture(self) -> None:
        """Row by row, as many as fit."""
        for board in comparisons_of(alone()):
            card = card_of(board)
            assert card.picture is not None
            assert len(card.picture.alt_text) <= 1024
            *_, rows, _ = re.split(r"Largest share first\. ", card.picture.alt_text)[-1].partition(". Source")[0:1] * 2
            said = rows.split(". Models that")[0].split("; ")
            for row, line in zip(card.sheet.pictured, said, strict=False):
                shares = shares_beside(board, alone().snapshot.data, row.key)
                if line.startswith("and "):
                    break
                listed = sorted((share for share in shares if share is not None), reverse=True)
                assert [percent(share) for share in listed] == FIGURE.findall(line)
            assert len(said) >= 3

    def test_rows_are_all_tasks_or_models_that_are_listed(self) -> None:
        """The largest share first; a picture has as many as a phone likes, the text five, and both say how many more there are."""
        data = alone().snapshot.data
        for board in comparisons_of(alone()):
            is_of_models = board.subjects[0].kind is BoardKind.MODEL
            keys = (
                [entry.tag for entry in data.classifications]
                if is_of_models
                else list({one.id for entry in data.classifications for one in entry.models})
            )
            shares = {key: shares_beside(board, data, key) for key in keys}
            largest = {
                key: max((share for share in found if share is not None), default=None) for key, found in shares.items()
            }
            whole = sheet_of(board, is_whole=True)
            assert {key for key, share in largest.items() if share is not None} == {row.key for row in whole.rows}
            order = [largest[row.key] or 0 for row in whole.rows]
            assert sorted(order, reverse=True) == order
            card = card_of(board)
            assert f"and {len(whole.rows) - 5} more" in text_of(card)

    def test_csv_has_each_pair_of_task_and_model(self) -> None:
        """With the names of OpenRouter's fields; a share that the source does not give is empty."""
        for board in comparisons_of(alone()):
            whole = sheet_of(board, is_whole=True)
            records = list(csv.DictReader(StringIO(board_csv(whole))))
            field = {Metric.REQUESTS: "tag_usage_share", Metric.TOKENS: "tag_token_share"}[board.metric]
            expected = {}
            for row in whole.rows:
                for about, share in zip(
                    board.subjects, shares_beside(board, alone().snapshot.data, row.key), strict=True
                ):
                    pair = (row.key, about.subject) if about.kind is BoardKind.MODEL else (about.subject, row.key)
                    expected[pair] = "" if share is None else str(share)
            assert expected == {(record["tag"], record["id"]): record[field] for record in records}
            categories = {entry.tag: entry.macro_category for entry in alone().snapshot.data.classifications}
            assert all(categories[record["tag"]] == record["macro_category"] for record in records)
            assert len(expected) == len(records)
            assert {whole.citation} == {record["source"] for record in records}

    @pytest.mark.parametrize("width", [80, 120, 200])
    def test_table_has_a_column_for_each(self, width: int) -> None:
        """In the order in which they were named, with a dash where a model is not listed."""
        for board in comparisons_of(alone()):
            (section,) = sheet_of(board).sections
            _, *lines = table_lines(section, width=width, is_filled=True)
            for row, line in zip(section.rows, lines, strict=True):
                assert width == cell_len(line)
                texts = texts_beside(shares_beside(board, alone().snapshot.data, row.key), absent="–")
                assert texts == re.findall(r"<?\d+\.\d %|–", line)


class TestWhoIsAhead:
    @pytest.mark.parametrize(
        ("lists", "said"),
        [
            ([[("a", 0.2), ("b", 0.1)]], "a is ahead in 1 of 1 task, b in none."),
            ([[("b", 0.2), ("a", 0.1)], [("b", 0.1)]], "b is ahead in 2 of 2 tasks, a in none."),
            ([[("a", 0.2), ("b", 0.2)], [("a", 0.1)]], "a is ahead in 1 of 2 tasks, b in none, with 1 tie."),
            ([[("a", 0.2), ("b", 0.2)]] * 2, "a is ahead in none of 2 tasks, b in none, with 2 ties."),
            ([[("x", 0.2)]], "No task lists any of these models."),
        ],
    )
    def test_result_is_said_first(self, lists: list[list[tuple[str, float]]], said: str) -> None:
        """Of all tasks that list either; ties are ties."""
        assert said == of_models(*lists).replace("A", "a").replace("B", "b")

    @pytest.mark.parametrize(
        ("lists", "said"),
        [
            ([[("a", 0.2), ("b", 0.1)], [("a", 0.2)]], "a is ahead in 1 of 1 task that lists both, b in none."),
            (
                [[("a", 0.2)], [("b", 0.1)]],
                "no task lists both of these models, so none can be called ahead by tokens.",
            ),
        ],
    )
    def test_by_tokens_only_tasks_that_list_both_tell(self, lists: list[list[tuple[str, float]]], said: str) -> None:
        """A model that is not listed may have more."""
        assert said == of_models(*lists, board="compare:model:a|model:b/tokens").lower()

    def test_one_that_is_ahead_is_named_first_and_bold(self) -> None:
        """In words, with weight; equal ones are called equal."""
        tasks = [
            task("one", models=[model("m/x", 0.3), model("m/y", 0.1)]),
            task("two", models=[model("m/x", 0.2), model("m/y", 0.2)]),
            task("three", models=[model("m/y", 0.1)]),
        ]
        card = card_of("compare:model:m/y|model:m/x", Edition(snapshot_of(tasks)))
        lines = (card.embed.description or "").replace("\u00a0", " ").splitlines()[-3:]
        assert [
            "X ahead with **30.0 %**, Y 10.0 %",
            "Y and X equal with **20.0 %**",
            "Y ahead with **10.0 %**, X not listed",
        ] == [line.split("** ", 1)[1] for line in lines]

    def test_tasks_say_which_model_leads_them(self) -> None:
        """And how many models both list."""
        assert [
            "GPT-5.6 Luna leads Debugging with 19.5 % and Translation with 21.0 %.",
            "4 of 16 models are listed in both.",
        ] == list(sheet_of(TWO_TASKS).notes[:2])
        assert (
            "GPT-5.6 Luna has 19.6 % of Debugging and 14.4 % of Translation."
            == sheet_of(f"{TWO_TASKS}/tokens").notes[0]
        )

    def test_push_line_says_who_is_ahead(self) -> None:
        """As the first thing."""
        assert (
            "GPT-5.6 Luna and DeepSeek V4 Flash 07-31, 7 Sep: "
            "DeepSeek V4 Flash 07-31 is ahead in 16 of 29 tasks, GPT-5.6 Luna in 13"
        ) == headline(sheet_of(TWO_MODELS))


class TestWords:
    def test_unlisted_models_may_have_more_tokens(self) -> None:
        """Embed, alt text and guide say it by tokens."""
        said = "Models that are not listed may have more tokens."
        for board, expected in ((TWO_MODELS, False), (f"{TWO_MODELS}/tokens", True), (f"{TWO_TASKS}/tokens", True)):
            card = card_of(board)
            assert card.picture is not None
            guide = make_guide(sheet_of(board, is_whole=True)).description or ""
            assert {expected} == {said in text for text in (text_of(card), card.picture.alt_text, guide)}

    def test_length_of_a_short_list_is_said(self) -> None:
        """It is not always ten."""
        tasks = [task("t", models=[model(f"x/{n}", 0.1) for n in range(7)])]
        text = text_of(card_of("compare:model:x/1|model:gone", Edition(snapshot_of(tasks))))
        assert "not in the top 7" in text

    def test_nothing_is_said_of_changes(self) -> None:
        """A comparison is of one answer, even if there is an earlier one."""
        sheet = sheet_of(TWO_MODELS, compared())
        assert (None, None) == (sheet.compared_with, sheet.changes_from)
        assert "computed_change_since" not in board_csv(sheet)

    def test_what_is_gone_is_said(self) -> None:
        """Of models that no task lists, and of tasks that the data does not have; a picture needs a row."""
        models, tasks = card_of("compare:model:gone/a|model:gone/b"), card_of("compare:task:gone|task:math")
        assert (None, "No task lists any of these models") == (models.picture, models.sheet.news)
        assert "not in this data" == tasks.sheet.compared[0].result
        nothing = card_of("compare:task:gone|task:lost/tokens")
        assert (None, "None of these tasks lists a model.") == (nothing.picture, nothing.sheet.notes[0])


class TestShape:
    @pytest.mark.parametrize("name", ODD)
    async def test_odd_snapshots_make_cards_that_discord_takes(self, name: str) -> None:
        """With any texts; different names never look alike."""
        for board in comparisons_of(odd(name)):
            card = card_of(board, odd(name))
            assert_discord_takes(card)
            if card.picture is not None:
                assert units(card.picture.alt_text) <= 1024
            csv_text = board_csv(sheet_of(board, odd(name), is_whole=True))
            assert len(list(csv.DictReader(StringIO(csv_text)))) == len(board.subjects) * len(
                sheet_of(board, odd(name), is_whole=True).rows
            )

    def test_controls_lead_to_the_other_metric_and_to_the_usual_boards(self) -> None:
        """By short keys, where a comparison's text is too long."""
        card = card_of(TWO_MODELS)
        assert ["by tokens", "data", "How to read this"] == [button.label for button in card.controls.buttons]
        assert all(len(button.custom_id) <= LONGEST_LABEL for button in card.controls.buttons)
        assert Board.parse(f"{TWO_MODELS}/tokens") in card.linked_boards
        assert ["Category", "Task"] == [select.placeholder for select in card.controls.selects]

import csv
import json
from dataclasses import replace
from io import StringIO

import pytest

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.operations.sample import PATH
from bot.presentation.board_csv import board_csv
from bot.presentation.board_sheets import make_sheet
from bot.presentation.figures import Figure, FigureKind
from bot.presentation.sheets import Section
from tests.odd_snapshots import HOSTILE, ODD, boards_of
from tests.presentation.bodies import odd
from tests.presentation.weeks import compared

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0."
LUNA = "openai/gpt-5.6-luna-20260709"
LAST = ["window_days", "as_of", "source"]


def csv_of(board: str, edition: Edition) -> str:
    """The CSV of a board."""
    return board_csv(make_sheet(Board.parse(board), edition, age=None, is_whole=True))


def records_of(text: str) -> list[dict[str, str]]:
    """The rows as a spreadsheet reads them."""
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize(
    ("board", "columns"),
    [
        (
            "overview",
            [
                *("key", "label", "usage_share", "tag", "display_name", "macro_category"),
                *("leader_id", "leader_name", "leader_tag_usage_share"),
            ],
        ),
        (
            "overview/tokens",
            [
                *("key", "label", "token_share", "tag", "display_name", "macro_category"),
                *("leader_id", "leader_name", "leader_tag_token_share"),
            ],
        ),
        (
            "code",
            [
                *("tag", "display_name", "macro_category", "usage_share", "category_usage_share"),
                *("leader_id", "leader_name", "leader_tag_usage_share"),
            ],
        ),
        (
            "code/tokens",
            [
                *("tag", "display_name", "macro_category", "token_share", "category_token_share"),
                *("leader_id", "leader_name", "leader_tag_token_share"),
            ],
        ),
        ("task:math", ["tag", "id", "name", "tag_usage_share"]),
        (f"model:{LUNA}/tokens", ["id", "tag", "display_name", "macro_category", "tag_token_share"]),
    ],
)
def test_columns_have_the_names_of_the_source(sample: Edition, board: str, columns: list[str]) -> None:
    """Computed columns say so, and every row has its window, its day and its source."""
    assert ["subject", "computed_rank", *columns, *LAST] == csv_of(board, sample).splitlines()[0].split(",")


@pytest.mark.parametrize("metric", ["requests", "tokens"])
def test_figures_are_those_of_the_source(sample: Edition, metric: str) -> None:
    """Every task of OpenRouter's answer has a row, with the same values."""
    answer = json.loads(PATH.read_bytes())["data"]
    by_tag = {task["tag"]: task for task in answer["classifications"]}
    measure = {"requests": "usage", "tokens": "token"}[metric]
    fields = (f"{measure}_share", f"category_{measure}_share")
    seen = set()
    for category in answer["macro_categories"]:
        for row in records_of(csv_of(f"{category['key']}/{metric}", sample)):
            task = by_tag[row["tag"]]
            assert [task[field] for field in fields] == [float(row[field]) for field in fields]
            leader = {one["id"]: one for one in task["models"]}[row["leader_id"]]
            assert leader[f"tag_{measure}_share"] == float(row[f"leader_tag_{measure}_share"])
            assert (task["display_name"], task["macro_category"]) == (row["display_name"], row["macro_category"])
            seen.add(row["tag"])
    assert set(by_tag) == seen


def test_overview_has_categories_and_all_tasks(sample: Edition) -> None:
    """A row is about a category or a task; the fields of the other are empty."""
    records = records_of(csv_of("overview", sample))
    assert (4, 29) == (sum(bool(row["key"]) for row in records), sum(bool(row["tag"]) for row in records))
    assert {(CITATION, "2026-08-31", "7")} == {(row["source"], row["as_of"], row["window_days"]) for row in records}


def test_rank_is_empty_where_there_is_none(sample: Edition) -> None:
    """The data does not say a model's rank by tokens."""
    rows = records_of(csv_of("task:math/tokens", sample))
    assert {("", "math")} == {(row["computed_rank"], row["tag"]) for row in rows}


def test_change_has_a_column_of_its_own(sample: Edition) -> None:
    """It is a fraction like the shares; empty in a row that has none."""
    sheet = make_sheet(Board.parse("code"), sample, age=None)
    first, second = sheet.rows[:2]
    changed = replace(first, figures=(*first.figures, Figure(FigureKind.CHANGE, -0.008)))
    rows = records_of(board_csv(replace(sheet, sections=(Section("", (changed, second)),))))
    assert ["-0.008", ""] == [row["computed_change"] for row in rows]


def test_what_is_new_has_columns_of_its_own() -> None:
    """With the day that it is compared with; both begin with `computed_`."""
    (luna, _, _, minimax, *_) = records_of(csv_of("task:code:debugging", compared()))
    columns = ("computed_change", "computed_is_new", "computed_change_since", "as_of")
    assert [
        ("0.108", "false", "2026-08-31", "2026-09-07"),
        ("", "true", "2026-08-31", "2026-09-07"),
    ] == [tuple(row[name] for name in columns) for row in (luna, minimax)]
    leaders = {row["tag"]: row["computed_leader_is_new"] for row in records_of(csv_of("code", compared()))}
    assert ("true", "false") == (leaders["code:debugging"], leaders["code:general_impl"])


@pytest.mark.parametrize("text", [*HOSTILE, "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", 'quo"ted,text', "a;b"])
def test_no_cell_is_a_formula(sample: Edition, text: str) -> None:
    """A text of the source stays a text in a spreadsheet, on one line, whatever it begins with."""
    sheet = make_sheet(Board.parse("code"), sample, age=None)
    leader = sheet.rows[0].leader
    assert leader is not None
    row = replace(sheet.rows[0], label=text, key=text, macro_category=text, leader=replace(leader, name=text, id=text))
    (record,) = records_of(board_csv(replace(sheet, sections=(Section("", (row,)),))))
    foreign = [record[name] for name in ("tag", "display_name", "macro_category", "leader_id", "leader_name")]
    assert 1 == len(set(foreign))
    assert not foreign[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert foreign[0].isprintable()


def test_empty_board_has_only_a_header(sample: Edition) -> None:
    """A subject that the data does not have has no rows."""
    assert ",".join(LAST) + "\n" == csv_of("task:gone", sample)


@pytest.mark.parametrize("name", ODD)
def test_every_row_has_as_many_cells_as_the_header(name: str) -> None:
    """With any labels."""
    edition = odd(name)
    for board in boards_of(edition, most=3):
        sheet = make_sheet(board, edition, age=None, is_whole=True)
        header, *rows = csv.reader(StringIO(board_csv(sheet)))
        assert (len(sheet.rows), {len(header)}) == (len(rows), {len(row) for row in rows} or {len(header)})
        assert len(header) == len(set(header))

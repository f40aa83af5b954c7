"""The page of a digest: the categories, the largest rises and falls, new leaders, new models and models that are gone."""

from bot.market.boards import Board, Metric
from bot.market.editions import Edition
from bot.market.movements import task_movements
from bot.presentation.board_rows import category_rows, task_rows
from bot.presentation.movement_rows import (
    UNMOVED,
    dated,
    is_still,
    new_and_gone_models,
    new_leaders,
    news_of,
    rises_and_falls,
    task_rows_of,
)
from bot.presentation.pages import Page, Ranking
from bot.presentation.sheets import Subject

MOST_MOVES = 3
MOST_NAMED = 3
MOST_CATEGORIES = 8
MOST_TASKS = 5


def digest_page(board: Board, edition: Edition) -> Page:
    """Say what changed in a week; without an earlier snapshot, what the tasks are, and from when on changes will show."""
    lead, metric = f"Share of classified {board.metric}", board.metric
    if edition.earlier is None:
        return Page(
            lead=lead,
            scale="",
            rankings=(_categories(edition, metric), Ranking("Tasks", task_rows(edition, metric), MOST_TASKS)),
        )
    moved = task_movements(edition.earlier.data, edition.snapshot.data, metric)
    rankings = (
        _categories(edition, metric),
        *rises_and_falls(moved, task_rows_of(edition), most=MOST_MOVES, is_inline=True),
        new_leaders(edition, metric, most=MOST_NAMED, is_inline=True),
        *new_and_gone_models(edition, most=MOST_NAMED),
    )
    return Page(
        lead=dated(lead, edition),
        scale=UNMOVED if is_still(rankings) else "",
        rankings=rankings,
        notes=(UNMOVED,) if is_still(rankings) else (),
        has_dates=True,
        news=news_of(rankings, leaders_first=True),
    )


def _categories(edition: Edition, metric: Metric) -> Ranking:
    rows = category_rows(edition, metric)
    return Ranking("Categories", rows, MOST_CATEGORIES, Subject.CATEGORY, is_inline=True)

"""The worked example of `docs/figures.md` is what the code computes from the two real answers."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.market.boards import Metric
from bot.market.editions import TOLERANCE, WEEK, comparable_days
from bot.market.models import LICENCE, Snapshot
from bot.market.movements import (
    Movement,
    Status,
    gone_models,
    largest_falls,
    largest_rises,
    leads,
    model_movements,
    new_models,
    task_movements,
)
from bot.market.names import display_name
from bot.market.queries import find_task, leading_model, rank, task_label
from bot.operations.sample import PATH
from bot.presentation.text import percent, points

PAGE = (Path(__file__).parents[1] / "docs" / "figures.md").read_text(encoding="utf-8")
DEFINITIONS, _, EXAMPLE = PAGE.partition("## An example")
ONE_LINE = " ".join(PAGE.split())

EARLIER, NEWER = (
    Snapshot.parse(
        PATH.with_name(f"classifications-task-{day}.json").read_bytes(), fetched_at=datetime(2026, 9, 8, tzinfo=UTC)
    )
    for day in ("2026-08-31", "2026-09-07")
)
TASKS = task_movements(EARLIER.data, NEWER.data, Metric.REQUESTS)
LABELS = {task.tag: task_label(task) for task in NEWER.data.classifications}
GENERATION = "code:general_impl"
DEBUGGING = "code:debugging"
SIGNS = {Status.UNCHANGED: "=", Status.NEW: "new", Status.GONE: "no longer listed"}


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the example's table whose first column has this heading."""
    table = EXAMPLE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def row_of(label: str, movement: Movement) -> list[str]:
    """A row of such a table, as computed."""
    shares = ["" if share is None else percent(share) for share in (movement.earlier, movement.share)]
    sign = SIGNS.get(movement.status) or points(movement.change or 0)
    ranks = [str(place) for place in (movement.earlier_rank, movement.rank) if place is not None]
    return [label, *shares, sign, " → ".join(ranks) if movement.rank is not None else ""]


def assert_says(*sentences: str) -> None:
    """The page has each of them, wherever its lines break."""
    assert [] == [sentence for sentence in sentences if sentence not in ONE_LINE]


def test_tasks() -> None:
    """Each row of the table has the shares, the change and the ranks that the code computes."""
    computed = {LABELS[each.key]: row_of(LABELS[each.key], each) for each in TASKS}
    rows = rows_of("task")

    assert 5 == len(rows)
    assert rows == [computed[label] for label, *_ in rows]
    assert_says(f"Five of {len(TASKS)} tasks")


def test_models() -> None:
    """The same for the models of one task, of which one is new and one is no longer listed."""
    before, after = (find_task(each.data, GENERATION) for each in (EARLIER, NEWER))
    movements = model_movements(before, after, Metric.REQUESTS)
    computed = {display_name(each.key, {}): row_of(display_name(each.key, {}), each) for each in movements}
    rows = rows_of("model")

    assert 5 == len(rows)
    assert rows == [computed[label] for label, *_ in rows]


def test_arithmetic() -> None:
    """The sentences below the tables."""
    (rise,), (fall,) = largest_rises(TASKS, 1), largest_falls(TASKS, 1)
    assert rise.change is not None
    subtraction = f"{rise.share:.3f} \N{MINUS SIGN} {rise.earlier:.3f} = {rise.change:.3f}"
    assert_says(
        f"For {LABELS[rise.key]}, the answers say {rise.earlier:.3f} and {rise.share:.3f}. "
        f"The difference is {subtraction}, which is {points(rise.change).strip('▲ ')} points. "
        f"It is the largest rise of all tasks. {LABELS[fall.key]} has the largest fall.",
    )

    (still,) = (each for each in TASKS if each.key == DEBUGGING)
    before, after = still.earlier_rank or 0, still.rank or 0
    (passing,) = (each for each in TASKS if (each.earlier_rank or 0) > before and (each.rank or 0) < after)
    assert still.status is Status.UNCHANGED
    assert_says(f"{LABELS[still.key]} has the same share as before, but {LABELS[passing.key]} passed it.")


def test_leaders_and_models() -> None:
    """How many leaders and models are new, how many are gone, and who led what."""
    found = leads(EARLIER.data, NEWER.data)
    (generation,) = (lead for lead in found if lead.tag == GENERATION)
    before, after = (leading_model(task) for each in (EARLIER, NEWER) if (task := find_task(each.data, DEBUGGING)))
    assert before is not None
    assert after is not None
    assert not generation.changed
    assert_says(
        f"{display_name(generation.model or '', {})} led Code Generation before, so it is not a new leader there.",
        f"In Debugging, {display_name(before.id, {})} led with {percent(before.tag_usage_share)}, "
        f"and {display_name(after.id, {})} leads now with {percent(after.tag_usage_share)}: a new leader.",
        f"{sum(lead.changed for lead in found)} of {len(found)} tasks have one.",
        f"{len(new_models(EARLIER.data, NEWER.data))} models are new, "
        f"and {len(gone_models(EARLIER.data, NEWER.data))} are no longer listed.",
    )


def test_dates_and_citation() -> None:
    """Both windows, which share no day; both dates in OpenRouter's citation; what is computed is called so."""
    windows = [(each.as_of - timedelta(days=each.data.window_days - 1), each.as_of) for each in (EARLIER, NEWER)]
    (first, second), (third, fourth) = windows
    assert second < third
    assert_says(
        f"as of {EARLIER.as_of} and {NEWER.as_of}. The first covers",
        f"the days from {first} to {second}, the second those from {third} to {fourth}.",
        f"Source: OpenRouter (openrouter.ai/rankings), as of {EARLIER.as_of} and {NEWER.as_of}. {LICENCE} "
        "Ranks and changes are computed by this bot.",
    )
    columns = f"| {EARLIER.as_of} | {NEWER.as_of} | change, computed | rank, computed |"
    assert [f"| {kind} {columns}" for kind in ("task", "model")] == [
        line for line in EXAMPLE.splitlines() if line.startswith(("| task", "| model"))
    ]


def test_rules() -> None:
    """The numbers of the definitions are those of the code."""
    window = NEWER.data.window_days
    distances = {(date(2026, 9, 7) - day).days for day in comparable_days(date(2026, 9, 7), window_days=window)}
    ties = ", ".join(str(row.rank) for row in rank([0.3, 0.2, 0.2, 0.1], float, metric=Metric.TOKENS))
    smallest, nothing = (Movement("x", 0.0, share, None, None).status for share in (0.001, 0.0009))

    assert (window, WEEK + TOLERANCE) == (min(distances), max(distances))
    assert (Status.ROSE, Status.UNCHANGED) == (smallest, nothing)
    assert_says(
        f"a window of {window} days",
        f"nearest to {WEEK} days before",
        f"never more than {WEEK + TOLERANCE} days older",
        f"the next rank counts all of them: {ties}.",
        f"{0.048} is {percent(0.048)}",
        f"written as {percent(0)}",
        f"**Less than {points(0.001).strip('▲ ')} points is no change**",
    )


@pytest.mark.parametrize("word", ["share", "rank", "leader", "change", "new, and no longer listed"])
def test_every_word_has_its_section(word: str) -> None:
    """The page defines each word that a card uses."""
    assert re.search(rf"^## {word}$", DEFINITIONS, re.MULTILINE | re.IGNORECASE)

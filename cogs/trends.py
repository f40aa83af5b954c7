"""`/rankings movers`, `history`, `compare` and `digest`: what changed, and what differs."""

from typing import Any, Literal, cast

from discord import app_commands

from bot.app.bot import Interaction, RankingsBot
from bot.app.interactions import Choices, find_choices, load_edition, show_card
from bot.market.board_input import comparable, movable, read_comparison, read_history, read_movers, with_history
from bot.market.boards import LEAST_DAYS, MOST_DAYS, USUAL_DAYS, Board, BoardKind, Metric

GROUP = "rankings"
By = Literal["requests", "tokens"]
Days = app_commands.Range[int, LEAST_DAYS, MOST_DAYS]
METRIC = "Count requests (the default) or tokens"
ANOTHER = "Another model or task"


@app_commands.command(description="What rose, fell, came, went and took the lead")
@app_commands.describe(
    of="A category, a task, or all models; all tasks if left out",
    period="Days between the two snapshots; 7 if left out",
    metric=METRIC,
)
async def movers(
    interaction: Interaction, *, of: str | None = None, period: Literal[7, 14, 28] = 7, metric: By = "requests"
) -> None:
    """Show what changed since an earlier snapshot."""
    edition = await load_edition(interaction)
    await show_card(interaction, read_movers(of, edition, days=period, metric=Metric(metric)))


@app_commands.command(description="Shares over time, one point a day")
@app_commands.describe(board="A category, a task, a model or Overview", days="90 if left out", metric=METRIC)
async def history(interaction: Interaction, board: str, *, days: Days = USUAL_DAYS, metric: By = "requests") -> None:
    """Show the archived days of a board."""
    edition = await load_edition(interaction)
    await show_card(interaction, read_history(board, edition, days=days, metric=Metric(metric)))


@app_commands.command(description="Two to four models, or tasks, side by side")
@app_commands.describe(first="A model or a task", second=ANOTHER, third=ANOTHER, fourth=ANOTHER, metric=METRIC)
async def compare(  # noqa: PLR0913 - Discord hands each option over as a parameter
    interaction: Interaction,
    *,
    first: str,
    second: str,
    third: str | None = None,
    fourth: str | None = None,
    metric: By = "requests",
) -> None:
    """Show models over the tasks that list them, or tasks over their models."""
    edition = await load_edition(interaction)
    typed = [one for one in (first, second, third, fourth) if one]
    await show_card(interaction, read_comparison(typed, edition, metric=Metric(metric)))


@app_commands.command(description="The week in one card: what rose, fell, came, went and took the lead")
@app_commands.describe(metric=METRIC)
async def digest(interaction: Interaction, metric: By = "requests") -> None:
    """Show the overview, and what changed in a week."""
    await show_card(interaction, Board(BoardKind.DIGEST, metric=Metric(metric)))


@movers.autocomplete("of")
async def complete_of(interaction: Interaction, typed: str) -> Choices:
    """Offer all tasks, all models, categories and tasks."""
    return find_choices(interaction, typed, movable)


@history.autocomplete("board")
async def complete_board(interaction: Interaction, typed: str) -> Choices:
    """Offer what has a history."""
    return find_choices(interaction, typed, with_history)


@compare.autocomplete("first")
async def complete_first(interaction: Interaction, typed: str) -> Choices:
    """Offer models and tasks."""
    return find_choices(interaction, typed, comparable)


@compare.autocomplete("second")
@compare.autocomplete("third")
@compare.autocomplete("fourth")
async def complete_others(interaction: Interaction, typed: str) -> Choices:
    """Offer what is of the kind of the first."""
    first = interaction.namespace.first
    return find_choices(interaction, typed, lambda edition: comparable(edition, like=first))


COMMANDS: tuple[app_commands.Command[Any, ..., None], ...] = (movers, history, compare, digest)


async def setup(bot: RankingsBot) -> None:
    """Add the commands to the group of `cogs/rankings.py`, which is loaded before."""
    for command in COMMANDS:
        cast("app_commands.Group", bot.tree.get_command(GROUP)).add_command(command)


async def teardown(bot: RankingsBot) -> None:
    """Remove the commands, if the group is still there."""
    group = bot.tree.get_command(GROUP)
    if isinstance(group, app_commands.Group):
        for command in COMMANDS:
            group.remove_command(command.name)

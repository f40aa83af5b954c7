"""`/rankings`: each command shows the card of a board. Those about changes are in `cogs/trends.py`."""

from typing import Any, Literal, cast

from discord import app_commands
from discord.ext import commands

from bot.app.bot import Interaction, RankingsBot
from bot.app.interactions import Choices, find_choices, load_edition, show_card
from bot.market.boards import Board, BoardKind, Metric
from bot.market.search import resolve

By = Literal["requests", "tokens"]
CATEGORIES = {
    "code": "Code: generation, debugging, review and more",
    "data": "Data: extraction and transformation",
    "agent": "Agent: workflows, planning, tools, web search and more",
    "general": "General: classification, roleplay, translation and more",
}
METRIC = "Count requests (the default) or tokens"


class Rankings(commands.GroupCog, name="rankings", description="What language models are used for on OpenRouter"):
    """The rankings of tasks, and of the models that lead them."""

    def __init__(self) -> None:
        """Add a command for each category."""
        for key, description in CATEGORIES.items():
            cast("app_commands.Group", self.app_command).add_command(_category_command(key, description))

    @app_commands.command(description="All categories and the top tasks")
    @app_commands.describe(metric=METRIC)
    async def overview(self, interaction: Interaction, metric: By = "requests") -> None:
        """Show the macro-categories and the top tasks overall."""
        await show_card(interaction, Board(BoardKind.OVERVIEW, metric=Metric(metric)))

    @app_commands.command(description="The top models of one task")
    @app_commands.describe(task="A task, such as Debugging", metric=METRIC)
    async def task(self, interaction: Interaction, task: str, metric: By = "requests") -> None:
        """Show the models of a task."""
        edition = await load_edition(interaction)
        tag = resolve(edition.tasks, task, kind=BoardKind.TASK).key
        await show_card(interaction, Board(BoardKind.TASK, tag, Metric(metric)))

    @app_commands.command(description="All tasks that list one model")
    @app_commands.describe(model="A model, such as GPT-4o Mini", metric=METRIC)
    async def model(self, interaction: Interaction, model: str, metric: By = "requests") -> None:
        """Show the tasks that list a model."""
        edition = await load_edition(interaction)
        model_id = resolve(edition.models, model, kind=BoardKind.MODEL).key
        await show_card(interaction, Board(BoardKind.MODEL, model_id, Metric(metric)))

    @task.autocomplete("task")
    async def complete_task(self, interaction: Interaction, typed: str) -> Choices:
        """Offer tasks by tag, label or category."""
        return find_choices(interaction, typed, lambda edition: edition.tasks)

    @model.autocomplete("model")
    async def complete_model(self, interaction: Interaction, typed: str) -> Choices:
        """Offer models by any part of the id or name."""
        return find_choices(interaction, typed, lambda edition: edition.models)


def _category_command(key: str, description: str) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=key, description=description)
    @app_commands.describe(metric=METRIC)
    async def show_category(interaction: Interaction, metric: By = "requests") -> None:
        await show_card(interaction, Board(BoardKind.CATEGORY, key, Metric(metric)))

    return show_category


async def setup(bot: RankingsBot) -> None:
    """Add the cog."""
    await bot.add_cog(Rankings())

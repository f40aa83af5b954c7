"""`/rankings history` as users use it: the command, autocomplete, buttons and autoposts."""

from typing import Any

import pytest
from simcord.results import ResponseMessage

from bot.market.models import SYNTHETIC
from tests.cogs.autoposts import Autoposts
from tests.cogs.scene import Scene, answer_of, options_of

DEBUGGING = "task:code:debugging"


def labels_of(message: ResponseMessage) -> list[str]:
    """The labels of the buttons."""
    components = [component for row in message.components for component in row["components"]]
    return [one["label"] for one in components if one.get("label")]


def said_in(message: ResponseMessage) -> tuple[str | None, str]:
    """Title and text of a card."""
    embed = message.embeds[0]
    return embed.title, (embed.description or "").replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("options", "title", "expected"),
    [
        ({"board": DEBUGGING}, "Debugging, 90 days", "Top models by share of its requests, 2 Jul to 31 Aug 2026"),
        ({"board": "Debugging", "days": 30}, "Debugging, 30 days", "of its requests, 2 Aug to 31 Aug 2026"),
        ({"board": "overview", "metric": "tokens"}, "Categories, 90 days", "Share of classified tokens, 2 Jul to"),
        ({"board": "code", "days": 7}, "Code, 7 days", "Its tasks' share of classified requests, 25 Aug to 31 Aug"),
        ({"board": "stealth/ox-alpha", "days": 1825}, "Ox Alpha, 1825 days", "Its share of each task's requests"),
    ],
)
async def test_history_of_each_kind(scene: Scene, options: dict[str, Any], title: str, expected: str) -> None:
    """With its picture; the sample's older days say that they are synthetic, and nobody cites OpenRouter for them."""
    message = await scene.show("history", **options)
    found, text = said_in(message)
    assert title == found
    assert expected in text
    assert (1, None) == (len(message.attachments), message.embeds[0].url)
    assert (message.embeds[0].footer.text or "").endswith(SYNTHETIC)


async def test_what_has_a_history_is_offered(scene: Scene) -> None:
    """Categories, tasks and models, by what is typed."""
    offered = {choice["name"]: choice["value"] for choice in await scene.complete("history", "board", "debugg")}
    assert DEBUGGING in {value.partition("/")[0] for value in offered.values()}
    assert await scene.complete("history", "board", "luna")
    assert await scene.complete("history", "board", "")


async def test_buttons_lead_to_other_lengths_and_menus_to_other_histories(scene: Scene) -> None:
    """30, 90 and 365 days."""
    message = await scene.show("history", board=DEBUGGING)
    assert ["30 days", "365 days"] == [label for label in labels_of(message) if label.endswith("days")]
    shorter = answer_of(await scene.asker.click(message, label="30 days"))
    assert "Debugging, 30 days" == said_in(shorter)[0]
    assert ["90 days", "365 days"] == [label for label in labels_of(shorter) if label.endswith("days")]
    assert all(board.startswith("history:30:task:") for board in options_of(shorter, "task").values())


async def test_card_of_a_task_leads_to_its_history(scene: Scene) -> None:
    """By a button, over the usual length."""
    message = await scene.show("task", task="code:debugging")
    assert "Debugging, 90 days" == said_in(answer_of(await scene.asker.click(message, label="history")))[0]


async def test_data_is_a_table_of_all_days(scene: Scene) -> None:
    """For a spreadsheet."""
    message = await scene.show("history", board=DEBUGGING, days=30)  # type: ignore[arg-type]  # a number
    file = answer_of(await scene.asker.click(message, label="data")).attachments[0]
    assert "history-30-task-code-debugging-requests-2026-08-31.csv" == file.filename


async def test_post_shows_a_history(autoposts: Autoposts) -> None:
    """Its push line says what was before."""
    await autoposts.add(board="history:30:overview")
    async with autoposts.posting():
        await autoposts.pass_time(10)
    (post,) = autoposts.posts()
    assert ("Categories, 30 days", 1) == (post.embeds[0].title, len(post.attachments))
    assert post.content.startswith("Categories, 30 days, 31 Aug: General leads with 54.4 %, from ")

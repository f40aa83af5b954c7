"""`/rankings movers`, `/rankings digest` and their posts, as users see them, on two answers a week apart."""

import pytest

from bot.market.editions import Edition
from tests.cogs.autoposts import Autoposts
from tests.cogs.scene import Scene, StoredMarket, answer_of, menu_of, options_of
from tests.presentation.weeks import compared

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-09-07. Licensed under CC BY 4.0."


@pytest.fixture
def stored_market() -> StoredMarket:
    """A market with the newer of the two real answers."""
    return StoredMarket(compared())


def read(text: str | None) -> str:
    """A text without markup, on one line."""
    return " ".join((text or "").replace("*", "").replace("_", "").split())


@pytest.mark.parametrize(
    ("command", "options", "title", "said"),
    [
        ("movers", {}, "What moved", ["2026-08-31 to 2026-09-07, in points", "Code Generation 4.0 % to 4.8 %, up 0.8 points"]),
        ("movers", {"of": "Code"}, "What moved in Code", ["Shell Execution 1.4 % to 1.2 %, down 0.2 points"]),
        ("movers", {"of": "all models"}, "Which models moved", ["GPT-5.6 Luna in Tool Dispatch 13.1 % to 55.7 %", "Ox Alpha; Qwen3.5 397B A17B"]),
        ("movers", {"of": "Debugging", "metric": "tokens"}, "What moved in Debugging", ["Share of this task's tokens", "now GPT-5.6 Luna, before DeepSeek V4 Flash 07-31"]),
        ("digest", {}, "What changed", ["General 52.1 %, down 2.3 points", "New leaders (14)", "New models (10)"]),
        ("digest", {"metric": "tokens"}, "What changed", ["Share of classified tokens", "Code 37.8 %, up 0.5 points"]),
    ],
)  # fmt: skip
async def test_card_states_the_changes_and_both_dates(
    scene: Scene, command: str, options: dict[str, str], title: str, said: list[str]
) -> None:
    """Each with its picture and the source."""
    message = await scene.show(command, **options)
    embed = message.embeds[0]

    assert (title, CITATION, 1) == (embed.title, embed.footer.text, len(message.attachments))
    assert [] == [figure for figure in said if figure not in read(embed.description)]


async def test_buttons_and_menus_lead_on(scene: Scene) -> None:
    """To another period, to the movers of a category or a task, and to the other metric."""
    shown = await scene.show("movers")
    longer = answer_of(await scene.guest.click(shown, label="28 days"))
    said = read(longer.embeds[0].description)
    assert "This shows 7 days: there is no data from 28 days before." in said.replace("\\", "")
    assert "Whoever runs this bot can import older days." in said

    assert ("movers:all:7/requests", "movers:code:7/requests", "movers:task:math:7/requests") == (
        options_of(shown, "category")["Overview"],
        options_of(shown, "category")["Code"],
        options_of(shown, "task")["Math"],
    )
    assert {"by tokens", "14 days", "28 days", "data", "How to read this"} == {
        component["label"] for row in shown.components for component in row["components"] if component.get("label")
    }
    chosen = answer_of(
        await scene.guest.select(shown, ["movers:code:7/requests"], custom_id=menu_of(shown, "category")["custom_id"])
    )
    assert "What moved in Code" == chosen.embeds[0].title


async def test_autocomplete_offers_what_can_move(scene: Scene) -> None:
    """All tasks, all models, categories and tasks; no model."""
    names = [choice["name"] for choice in await scene.complete("movers", "of", "")]
    assert ["All tasks", "All models", "Code"] == names[:3]
    assert "Debugging (Code)" in [choice["name"] for choice in await scene.complete("movers", "of", "debug")]


async def test_without_anything_earlier_there_is_no_picture(scene: Scene, stored_market: StoredMarket) -> None:
    """The card says from when on there will be changes."""
    stored_market.edition = Edition(compared().snapshot)
    message = await scene.asker.slash(scene.channel, "rankings movers", period=7)
    answer = answer_of(message)
    assert "There is no data from about 7 days before to compare with." in (answer.embeds[0].description or "")
    assert [] == answer.attachments


class TestPosts:
    @pytest.mark.parametrize(
        ("board", "line"),
        [
            ("movers", "What moved, 7 Sep: Code Generation rose most, up 0.8 points; Roleplay & Fiction fell most, down 1.8 points"),
            ("digest", "What changed, 7 Sep: 14 tasks have a new leader; Code Generation rose most, up 0.8 points"),
        ],
    )  # fmt: skip
    async def test_a_post_has_the_card_and_its_line(self, autoposts: Autoposts, board: str, line: str) -> None:
        """The line is what a notification shows."""
        await autoposts.add(board=board)
        async with autoposts.posting():
            await autoposts.pass_time(10)
        (post,) = autoposts.posts()

        assert (line, 1) == (post.content, len(post.attachments))
        assert "up 0.8 points" in read(post.embeds[0].description)

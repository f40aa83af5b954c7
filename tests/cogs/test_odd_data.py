"""`/rankings` with odd data: Discord accepts every card, menu and choice."""

import pytest
from simcord.results import ResponseMessage

from bot.app.gallery import Market
from bot.market.editions import Edition
from bot.market.search import search
from bot.presentation.controls import offers
from tests.cogs.scene import Scene, StoredMarket, answer_of, menus_of
from tests.odd_snapshots import ODD

SEEN_AS_A_USER = (
    "sixty_tasks",
    "long_labels",
    "no_models",
    "hostile_texts",
    "new_categories",
    "empty_texts",
)
"""`tests/app/test_card_messages.py` covers all of them, but no autocomplete, choices and clicks."""


@pytest.fixture(params=SEEN_AS_A_USER)
def market(request: pytest.FixtureRequest) -> Market:
    """A market with an odd snapshot."""
    return StoredMarket(Edition(ODD[request.param]()))


async def test_all_menus_and_buttons_work(scene: Scene) -> None:
    """From the overview, the last choice of each menu in turn, and every button: no errors."""
    shown = await scene.show("overview", metric="tokens")
    for slot in ("category", "task", "model"):
        await choose_last(scene, shown, slot)
    for label in ("data", "How to read this", "by requests", "data"):
        await scene.asker.click(shown, label=label)

    assert shown.embeds[0].footer.text is not None


@pytest.mark.parametrize("market", SEEN_AS_A_USER, indirect=True)
async def test_everything_that_is_offered_can_be_picked(scene: Scene) -> None:
    """Each choice of autocomplete leads to its card."""
    for kind in ("task", "model"):
        offered = await scene.complete(kind, kind, "")
        assert len(offered) <= 25
        for choice in offered[-1:]:
            shown = await scene.show(kind, **{kind: choice["value"]})
            assert shown.embeds[0].title


def test_nothing_blank_is_offered() -> None:
    """An id of spaces can be neither read nor sent."""
    edition = Edition(ODD["hostile_texts"]())
    offered = offers(search([*edition.tasks, *edition.models], " "))

    assert [] == [value for _, value in offered if not value.strip()]


async def choose_last(scene: Scene, shown: ResponseMessage, slot: str) -> None:
    """Choose the last option of a menu, if the card has that menu."""
    for menu in menus_of(shown, slot):
        value = menu["options"][-1]["value"]
        answer_of(await scene.asker.select(shown, [value], custom_id=menu["custom_id"]))

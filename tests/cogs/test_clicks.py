"""Clicks on a card: in place for its requester, a private card for anyone else; also after a restart."""

from collections.abc import Awaitable, Callable

import pytest
from simcord.results import ResponseMessage

from bot.app.gallery import Market
from bot.errors import UnreachableError
from bot.market.editions import Edition
from tests.cogs.scene import (
    ANSWER,
    THINKING,
    THINKING_UPDATE,
    UPDATE,
    EmptyMarket,
    Scene,
    StoredMarket,
    answer_of,
    menu_of,
    options_of,
    private_sentence_of,
)
from tests.odd_snapshots import ODD, snapshot_of, task

GONE = "The newest data no longer has this ranking. Find another with /rankings overview."


async def as_before(_: Scene) -> None:
    """The same bot."""


async def after_a_restart(scene: Scene) -> None:
    """A new process, which knows nothing of the card."""
    await scene.restart()


@pytest.fixture(params=[as_before, after_a_restart])
async def shown(scene: Scene, request: pytest.FixtureRequest) -> ResponseMessage:
    """A public card that the user requested; clicks go to the same process or to the next."""
    meanwhile: Callable[[Scene], Awaitable[None]] = request.param
    message = await scene.show("code")
    await meanwhile(scene)
    return message


def title_of(message: ResponseMessage) -> str:
    return message.embeds[0].title or ""


def lead_of(message: ResponseMessage) -> str:
    return (message.embeds[0].description or "").splitlines()[0].strip("*")


class TestAsker:
    async def test_button_switches_the_metric_in_place(self, scene: Scene, shown: ResponseMessage) -> None:
        """To tokens and back, in the same message, with the other picture."""
        await scene.asker.click(shown, label="by tokens")
        assert "37.3 % of classified tokens, last 7 days" == lead_of(shown)
        assert ["code-tokens-2026-08-31.png"] == [one.filename for one in shown.attachments]

        await scene.asker.click(shown, label="by requests")
        assert "12.2 % of classified requests, last 7 days" == lead_of(shown)
        assert ["code-requests-2026-08-31.png"] == [one.filename for one in shown.attachments]

    async def test_menus_lead_from_category_to_task_to_model(self, scene: Scene, shown: ResponseMessage) -> None:
        """From one card, with the same metric."""
        await scene.asker.click(shown, label="by tokens")
        categories = menu_of(shown, "category")
        await scene.asker.select(shown, [options_of(shown, "category")["Agent"]], custom_id=categories["custom_id"])
        assert "Agent" == title_of(shown)
        assert "34.6 % of classified tokens, last 7 days" == lead_of(shown)

        tasks = menu_of(shown, "task")
        await scene.asker.select(shown, [options_of(shown, "task")["Web Search"]], custom_id=tasks["custom_id"])
        assert "Web Search" == title_of(shown)

        models = menu_of(shown, "model")
        await scene.asker.select(shown, [options_of(shown, "model")["GPT-5.6 Luna"]], custom_id=models["custom_id"])
        assert "GPT-5.6 Luna" == title_of(shown)
        assert "Its share of tokens in 26 of 29 tasks, last 7 days" == lead_of(shown)

    async def test_warm_click_costs_one_request(self, scene: Scene, shown: ResponseMessage) -> None:
        """A card that is ready replaces the old one at once; another one is deferred silently."""
        before = len(scene.sent)
        await scene.asker.click(shown, label="by tokens")
        assert [("POST", THINKING_UPDATE), ("PATCH", None)] == scene.steps_since(before)

        before = len(scene.sent)
        await scene.asker.click(shown, label="by requests")
        assert [("POST", UPDATE)] == scene.steps_since(before)


class TestAnotherUser:
    async def test_click_gives_a_private_card_and_leaves_the_first_untouched(
        self, scene: Scene, shown: ResponseMessage
    ) -> None:
        """Nobody can change the card of another user."""
        embed = shown.embeds[0]
        own = answer_of(await scene.guest.click(shown, label="by tokens"))

        assert own.ephemeral
        assert "37.3 % of classified tokens, last 7 days" == lead_of(own)
        assert embed == shown.embeds[0]

    async def test_choice_in_a_menu_gives_a_private_card(self, scene: Scene, shown: ResponseMessage) -> None:
        """The same with menus."""
        menu, embed = menu_of(shown, "task"), shown.embeds[0]
        result = await scene.guest.select(shown, [options_of(shown, "task")["Debugging"]], custom_id=menu["custom_id"])
        own = answer_of(result)

        assert own.ephemeral
        assert "Debugging" == title_of(own)
        assert embed == shown.embeds[0]

    async def test_private_card_switches_in_place_for_its_owner(self, scene: Scene, shown: ResponseMessage) -> None:
        """It works like any card, and stays private."""
        own = answer_of(await scene.guest.click(shown, label="by tokens"))
        switched = answer_of(await scene.guest.click(own, label="by requests"))

        assert own.id == switched.id
        assert own.ephemeral
        assert "12.2 % of classified requests, last 7 days" == lead_of(own)

    async def test_warm_private_card_costs_one_request(self, scene: Scene, shown: ResponseMessage) -> None:
        """A private card that is ready is sent at once too."""
        await scene.guest.click(shown, label="by tokens")
        before = len(scene.sent)
        await scene.guest.click(shown, label="by tokens")

        assert [("POST", ANSWER)] == scene.steps_since(before)


class TestColdMarket:
    @pytest.fixture
    def market(self, empty_market: EmptyMarket) -> Market:
        """Nothing has been fetched yet; a test may drop the data again."""
        return empty_market

    async def test_click_waits_for_the_first_data(self, scene: Scene, empty_market: EmptyMarket) -> None:
        """A click on an old card works before the new process has data."""
        shown = await scene.show("code")
        empty_market.forget()
        before = len(scene.sent)
        await scene.asker.click(shown, label="by tokens")
        assert [("POST", THINKING_UPDATE), ("PATCH", None)] == scene.steps_since(before)

        empty_market.forget()
        before = len(scene.sent)
        own = answer_of(await scene.guest.click(shown, label="by requests"))
        assert [("POST", THINKING), ("PATCH", None)] == scene.steps_since(before)
        assert own.ephemeral

    async def test_click_that_fails_leaves_the_card_and_says_so_privately(
        self, scene: Scene, empty_market: EmptyMarket
    ) -> None:
        """Neither the card nor the channel shows the failure."""
        shown = await scene.show("code")
        embed = shown.embeds[0]
        empty_market.forget()
        empty_market.error = UnreachableError("OpenRouter cannot be reached.")
        results = [await actor.click(shown, label="by tokens") for actor in (scene.asker, scene.guest)]

        assert ["The rankings cannot be loaded right now. Try again in a few minutes."] * 2 == [
            private_sentence_of(result) for result in results
        ]
        assert embed == shown.embeds[0]


class TestShortKeys:
    @pytest.fixture
    def market(self, empty_market: EmptyMarket) -> Market:
        """Nothing was fetched yet; its data has a task and a model whose texts fit into no `custom_id`."""
        empty_market.coming = Edition(ODD["long_tags"]())
        return empty_market

    async def test_long_boards_work_after_a_restart(self, scene: Scene, empty_market: EmptyMarket) -> None:
        """By menu and button, in place and privately, even before the new process has data."""
        shown = await scene.show("overview")
        await scene.restart()
        empty_market.forget()
        before = len(scene.sent)
        menu, value = menu_of(shown, "task"), options_of(shown, "task")["Task 2"]
        await scene.asker.select(shown, [value], custom_id=menu["custom_id"])
        assert [("POST", THINKING_UPDATE), ("PATCH", None)] == scene.steps_since(before)
        assert "Task 2" == title_of(shown)

        await scene.asker.click(shown, label="by tokens")
        assert lead_of(shown).endswith("of classified tokens (10.0 % of Code), last 7 days")
        empty_market.forget()
        own = answer_of(await scene.guest.click(shown, label="by requests"))
        assert own.ephemeral
        assert lead_of(own).endswith("of classified requests (10.0 % of Code), last 7 days")

    async def test_key_that_newer_data_does_not_have_still_leads_to_its_board(
        self, scene: Scene, empty_market: EmptyMarket
    ) -> None:
        """The card has led to it, so the bot remembers it, and the new card says that its task is gone."""
        shown = await scene.show("task", task="Task 1")
        empty_market.coming = Edition(snapshot_of([task("code:another")]))
        empty_market.forget()
        await scene.asker.click(shown, label="by tokens")
        assert "This data has no such task" in (shown.embeds[0].description or "")

    async def test_key_that_nobody_knows_says_what_to_do(self, scene: Scene, empty_market: EmptyMarket) -> None:
        """The card stays, and whoever clicked gets a private sentence."""
        shown = await scene.show("task", task="Task 1")
        title = title_of(shown)
        forged = f"board:show:~{'0' * 24}"
        shown._message.components[-1]["components"][0]["custom_id"] = forged
        for forget in (empty_market.forget, lambda: None):
            forget()
            for actor in (scene.asker, scene.guest):
                assert GONE == private_sentence_of(await actor.click(shown, custom_id=forged))
        assert title == title_of(shown)

    async def test_unknown_board_is_refused_before_anything_is_loaded(self, scene: Scene) -> None:
        """A button of another version, or a forged one, gets the sentence about boards."""
        shown = await scene.show("overview")
        before = len(scene.sent)
        shown._message.components[-1]["components"][0]["custom_id"] = "board:show:movers:all:30/tokens"
        result = await scene.asker.click(shown, custom_id="board:show:movers:all:30/tokens")

        assert (
            private_sentence_of(result)
            .replace("\\", "")
            .startswith("“movers:all:30/tokens” is not a board. Use overview, code")
        )
        assert [("POST", ANSWER)] == scene.steps_since(before)


async def test_card_whose_subject_is_gone_says_so(scene: Scene, stored_market: StoredMarket) -> None:
    """A button of an old card may lead to a subject that is gone: the new card says so."""
    shown = await scene.show("task", task="code:debugging")
    stored_market.edition = Edition(snapshot_of([task("code:another")]))
    await scene.asker.click(shown, label="by tokens")

    assert "code:debugging" == title_of(shown).replace("\\", "")
    assert "This data has no such task" in (shown.embeds[0].description or "")
    assert [] == shown.attachments

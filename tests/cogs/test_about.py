"""`/about`: what the numbers are, where they come from, and what the bot stores."""

from datetime import timedelta

import pytest

from bot.app.gallery import Gallery, Market
from tests.cogs.scene import ANSWER, CITATION, NOON, THINKING, EmptyMarket, Scene, answer_of

POLICY = "https://example.org/privacy"


async def about(scene: Scene) -> str:
    """The text of the embed of `/about`."""
    embed = answer_of(await scene.asker.slash(scene.channel, "about")).embeds[0]
    fields = [f"{field.name}: {field.value}" for field in embed.fields]
    return "\n".join([embed.title or "", embed.description or "", *fields, embed.footer.text or ""])


async def test_about_explains_the_numbers_and_names_their_source(scene: Scene) -> None:
    """That they are sampled and classified; window, date, licence, and no endorsement."""
    before = len(scene.sent)
    said = await about(scene)

    assert [("POST", ANSWER)] == scene.steps_since(before)
    for told in (
        "samples",
        "classifies",
        "the last 7 days",
        "As of: 2026-08-31 (UTC), 1 day ago",
        "CC BY 4.0",
        "not affiliated with OpenRouter",
        "docs/figures.md explains each",
        CITATION,
        "Version: 0.",
    ):
        assert told in said


async def test_privacy_button_tells_what_is_stored(scene: Scene) -> None:
    """Privately to whoever clicks, even after a restart."""
    shown = answer_of(await scene.asker.slash(scene.channel, "about"))
    await scene.restart()
    told = answer_of(await scene.guest.click(shown, label="Privacy"))

    assert told.ephemeral
    assert "stores nothing about people" in told.content


class TestOperatorsPolicy:
    @pytest.fixture
    def privacy_url(self) -> str | None:
        """The operator has a privacy policy."""
        return POLICY

    async def test_privacy_button_links_to_it(self, scene: Scene) -> None:
        """The button is a link."""
        shown = answer_of(await scene.asker.slash(scene.channel, "about"))
        (button,) = shown.components[0]["components"]

        assert (POLICY, "Privacy") == (button["url"], button["label"])


class TestOldData:
    @pytest.fixture
    def gallery(self, gallery: Gallery) -> Gallery:
        """The time is five days later."""
        gallery.clock = lambda: NOON + timedelta(days=5)
        return gallery

    async def test_about_and_every_card_say_how_old_the_data_is(self, scene: Scene) -> None:
        """If no newer data has arrived for too long."""
        assert "2026-08-31 (UTC), 6 days ago" in await about(scene)
        card = await scene.show("code")
        assert "This data is 6 days old: newer data has not arrived." in (card.embeds[0].description or "")


class TestColdMarket:
    @pytest.fixture
    def market(self, empty_market: EmptyMarket) -> Market:
        """Nothing has been fetched yet."""
        return empty_market

    async def test_about_waits_for_the_first_data(self, scene: Scene) -> None:
        """Deferred, like any command."""
        before = len(scene.sent)

        assert CITATION in await about(scene)
        assert [("POST", THINKING), ("PATCH", None)] == scene.steps_since(before)

"""What arrives in a channel: the card, once, as planned; also after a restart, and by Post now."""

import pytest
from simcord.results import ResponseMessage

from bot.app.messages import PreparedEmbed
from bot.market.editions import Edition
from tests.cogs.autoposts import Autoposts
from tests.cogs.scene import CITATION, StoredMarket, answer_of
from tests.discord_description import Operation
from tests.odd_snapshots import snapshot_of, task

HEADLINE = "Code, 31 Aug: Code Generation leads with 4.0 %"
NOTHING_POSTED = "Nothing was posted"
SILENT = 1 << 12
"""Discord's flag for a message without a notification."""


async def post_now(autoposts: Autoposts, shown: ResponseMessage) -> str:
    """Click the button of a preview as the moderator, and return the private reply."""
    said = answer_of(await autoposts.moderator.click(shown, label="Post now"))
    assert said.ephemeral
    return said.content


class TestPost:
    async def test_card_arrives_at_its_time_and_once(self, autoposts: Autoposts) -> None:
        """With its picture, menus, citation and a line for the push notification, and without a mention."""
        await autoposts.add(board="code", time="9am", timezone="Berlin")
        async with autoposts.posting():
            await autoposts.pass_time(18.9)
            assert [] == autoposts.posts()
            await autoposts.pass_time(0.2)
            (post,) = autoposts.posts()
            await autoposts.pass_time(12)

        assert [post] == autoposts.posts()
        assert ("Code", CITATION) == (post.embeds[0].title, post.embeds[0].footer.text)
        assert (1, HEADLINE, False) == (len(post.attachments), post.content, post.flags.suppress_notifications)
        (request,) = autoposts.requests(Operation.CREATE_MESSAGE)
        assert (True, {"parse": []}) == (request.body["enforce_nonce"], request.body["allowed_mentions"])
        assert 0 < len(request.body["nonce"]) <= 25

    async def test_menus_of_a_post_work(self, autoposts: Autoposts) -> None:
        """Whoever clicks gets a private card, and the post stays as it is."""
        await autoposts.add(board="code")
        async with autoposts.posting():
            await autoposts.pass_time(10)
        (post,) = autoposts.posts()
        own = answer_of(await autoposts.scene.guest.click(post, label="by tokens"))

        assert (True, "37.3 %") == (own.ephemeral, (own.embeds[0].description or "").strip("*")[:6])
        assert autoposts.posts()[0].embeds == post.embeds

    async def test_role_is_mentioned_and_nobody_else(self, autoposts: Autoposts) -> None:
        """The post pings only the chosen role. The mention comes before the text."""
        role = autoposts.guild.create_role("Readers", mentionable=True)
        await autoposts.add(board="code", mention=role)
        async with autoposts.posting():
            await autoposts.pass_time(10)
        body = autoposts.take_mentioning_request()

        expected = (f"<@&{role.id}> {HEADLINE}", {"parse": [], "roles": [role.id]})
        assert expected == (body["content"], body["allowed_mentions"])

    async def test_refused_alt_text_costs_no_post(self, autoposts: Autoposts, monkeypatch: pytest.MonkeyPatch) -> None:
        """The same post goes out without the alt text in its embed, at once and with the same nonce."""
        monkeypatch.setattr(PreparedEmbed, "has_alt_text", True)
        await autoposts.add(board="code")
        reason = "Invalid Form Body\nIn embeds.0.image.description: Not allowed."
        autoposts.env.inject_error("POST", "/channels/*/messages", status=400, code=50035, message=reason)
        async with autoposts.posting():
            await autoposts.pass_time(10)
        first, second = autoposts.requests(Operation.CREATE_MESSAGE)

        assert 1 == len(autoposts.posts())
        assert first.body["nonce"] == second.body["nonce"]
        images = [request.body["embeds"][0]["image"] for request in (first, second)]
        assert [True, False] == ["description" in image for image in images]
        assert second.body["attachments"][0]["description"] == images[0]["description"]

    async def test_silent_post_notifies_nobody(self, autoposts: Autoposts) -> None:
        """It has Discord's flag for that."""
        await autoposts.add(silent=True)
        async with autoposts.posting():
            await autoposts.pass_time(10)
        (request,) = autoposts.requests(Operation.CREATE_MESSAGE)

        assert SILENT == request.body["flags"]

    async def test_published_post_reaches_the_channels_that_follow(self, autoposts: Autoposts) -> None:
        """In an announcement channel, the post is published once, with the option only."""
        news = autoposts.guild.create_news_channel("news")
        await autoposts.add(news, board="code", publish=True)
        await autoposts.add(news, board="data")
        async with autoposts.posting():
            await autoposts.pass_time(10)
            await autoposts.until(lambda: autoposts.requests(Operation.CROSSPOST))

        titles = {post.id: post.embeds[0].title for post in autoposts.posts(news)}
        (crosspost,) = autoposts.requests(Operation.CROSSPOST)
        assert {"Code", "Data"} == set(titles.values())
        assert "Code" == titles[int(crosspost.path.split("/")[-2])]

    async def test_without_a_time_new_data_brings_the_post(
        self, autoposts: Autoposts, stored_market: StoredMarket
    ) -> None:
        """The first post has the present data; the next comes only with new data."""
        await autoposts.add(board="overview", time=None)
        async with autoposts.posting():
            await autoposts.pass_time(12.1)
            assert 1 == len(autoposts.posts())
            await autoposts.pass_time(24)
            assert 1 == len(autoposts.posts())

            stored_market.edition = Edition(snapshot_of([task("code:x")], as_of="2026-09-02"))
            autoposts.bot.autoposts.poster.wake()
            await autoposts.until(lambda: autoposts.posts()[1:])
            await autoposts.pass_time(1)
        assert 2 == len(autoposts.posts())


async def test_everything_goes_on_after_a_restart(autoposts: Autoposts) -> None:
    """The new process has the plans, posts what fell due, and knows the old buttons."""
    await autoposts.add(board="code")
    shown = answer_of(await autoposts.ask("preview", autopost="1"))
    await autoposts.scene.restart()
    async with autoposts.posting():
        await autoposts.pass_time(10)
    (post,) = autoposts.posts()

    await autoposts.scene.restart()
    async with autoposts.posting():
        await autoposts.pass_time(1)
        assert NOTHING_POSTED in await post_now(autoposts, shown)
    assert [post] == autoposts.posts()
    assert "last: posted, [see it](" in await autoposts.listed()


async def test_post_that_fell_due_while_the_bot_was_down_comes_late(autoposts: Autoposts) -> None:
    """Within 22 hours, the bot makes up for a missed post, once."""
    await autoposts.add(board="code")
    autoposts.clock.now = autoposts.clock.now.replace(day=2, hour=15)
    await autoposts.scene.restart()
    async with autoposts.posting():
        await autoposts.until_idle()

    assert 1 == len(autoposts.posts())


async def test_late_post_shows_the_day_that_it_would_have_shown_in_time(
    autoposts: Autoposts, stored_market: StoredMarket
) -> None:
    """After new data has arrived, the late post has the earlier day, and the next post the newer one."""
    await autoposts.add(board="code")
    stored_market.archived = [stored_market.edition]
    stored_market.edition = Edition(snapshot_of([task("code:x")], as_of="2026-09-01"))
    autoposts.clock.now = autoposts.clock.now.replace(day=2, hour=14)
    await autoposts.scene.restart()
    async with autoposts.posting():
        await autoposts.until_idle()
        (late,) = autoposts.posts()
        await autoposts.pass_time(8)

    assert [CITATION, CITATION.replace("2026-08-31", "2026-09-01")] == [
        post.embeds[0].footer.text for post in autoposts.posts()
    ]
    assert "days old" not in str(late.embeds[0].to_dict())


class TestPostNow:
    async def test_button_posts_at_once_and_the_next_time_stays(self, autoposts: Autoposts) -> None:
        """A second click posts nothing."""
        await autoposts.add(board="code")
        shown = answer_of(await autoposts.ask("preview", autopost="1"))
        said = [await post_now(autoposts, shown), await post_now(autoposts, shown)]

        assert f"Posted to <#{autoposts.channel.id}>." == said[0]
        assert said[1].startswith(NOTHING_POSTED)
        assert 1 == len(autoposts.posts())
        assert "next <t:1788296400:R>" in await autoposts.listed()

    async def test_next_time_is_not_skipped(self, autoposts: Autoposts, stored_market: StoredMarket) -> None:
        """Newer data is posted at the plan's own time."""
        await autoposts.add(board="overview")
        shown = answer_of(await autoposts.ask("preview", autopost="1"))
        await post_now(autoposts, shown)
        stored_market.edition = Edition(snapshot_of([task("code:x")], as_of="2026-09-01"))
        async with autoposts.posting():
            await autoposts.pass_time(10)

        assert 2 == len(autoposts.posts())

    @pytest.mark.parametrize("command", ["pause", "remove"])
    async def test_paused_and_removed_plans(self, autoposts: Autoposts, command: str) -> None:
        """A paused plan can be posted by hand; a removed one cannot."""
        await autoposts.add(board="code")
        shown = answer_of(await autoposts.ask("preview", autopost="1"))
        await autoposts.ask(command, autopost="1")
        clicked = await autoposts.moderator.click(shown, label="Post now")

        assert ("Posted" if command == "pause" else "This server has no such autopost") in answer_of(clicked).content
        assert (1 if command == "pause" else 0) == len(autoposts.posts())

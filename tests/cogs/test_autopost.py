"""`/autopost` as moderators use it: plan, list, pause, remove, preview and post now."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from simcord.enums import ChannelType

from bot.app.gallery import Market
from bot.autopost.outcome import Place
from bot.autopost.plans import MOST_PLANS
from bot.market.editions import Edition
from bot.storage.plan_store import PlanStore
from bot.storage.schema import plans
from tests.cogs.autoposts import Autoposts, as_read
from tests.cogs.scene import CITATION, EmptyMarket, answer_of

BERLIN_NINE = [datetime(2026, 9, day, 7, tzinfo=UTC) for day in (2, 3, 4)]
"""The next three times of nine o'clock in the morning in Berlin."""


def times_in(text: str) -> list[datetime]:
    """The timestamps in a text."""
    return [datetime.fromtimestamp(int(stamp), tz=UTC) for stamp in re.findall(r"<t:(\d+):\w>", text)]


class TestAdd:
    async def test_answer_holds_the_next_three_times_and_a_preview(self, autoposts: Autoposts) -> None:
        """The moderator reads the times in their own zone, and sees the card with its picture."""
        said = await autoposts.add(board="code", time="9am", timezone="Berlin")

        assert said.ephemeral
        assert "**Code, by requests**, every day at 09:00 (Europe/Berlin)" in said.content
        assert f"<#{autoposts.channel.id}>" in said.content
        assert BERLIN_NINE == times_in(said.content)
        assert ("Code", CITATION) == (said.embeds[0].title, said.embeds[0].footer.text)
        assert [said.embeds[0].image.url] == [f"attachment://{one.filename}" for one in said.attachments]

    async def test_every_option_is_kept(self, autoposts: Autoposts) -> None:
        """The reply repeats board, metric, time, zone and days."""
        role = autoposts.guild.create_role("Readers", mentionable=True)
        channel = autoposts.guild.create_news_channel("news")
        said = await autoposts.add(
            channel,
            board="task:code:debugging/tokens",
            time="9:30 pm",
            timezone="america/new_york",
            days="weekdays",
            mention=role,
            silent=True,
            publish=True,
        )

        assert "**Debugging, by tokens**, weekdays at 21:30 (America/New_York)" in said.content
        assert [1, 2, 3] == [(at - timedelta(hours=4)).day for at in times_in(said.content)]
        assert 1 == await autoposts.count()

    async def test_without_a_time_it_comes_with_the_data(self, autoposts: Autoposts) -> None:
        """The time is midnight UTC, and the reply says that the post waits for the data."""
        said = await autoposts.add(time=None)

        assert "every day, as soon as the day's data is available" in said.content
        assert [datetime(2026, 9, day, tzinfo=UTC) for day in (2, 3, 4)] == times_in(said.content)

    @pytest.mark.parametrize("board", ["Debugging", "debugging (code)", "code:debugging", "task:code:debugging"])
    async def test_board_may_be_typed(self, autoposts: Autoposts, board: str) -> None:
        """Without choosing from the list; a name without a metric means requests."""
        assert "**Debugging, by requests**" in (await autoposts.add(board=board)).content

    async def test_text_announcement_and_thread_take_posts(self, autoposts: Autoposts) -> None:
        """The channel types that accept posts."""
        handle, backend = autoposts.channel, autoposts.env.backend
        backend.create_thread(handle.id, "talk", autoposts.moderator.id)
        backend.create_thread(handle.id, "secret talk", autoposts.moderator.id, type=ChannelType.PRIVATE_THREAD)
        news = autoposts.guild.create_news_channel("news")
        for channel in (handle, news, *handle.threads):
            assert f"<#{channel.id}>" in (await autoposts.add(channel)).content

        assert 4 == await autoposts.count()

    async def test_same_board_again_is_refused(self, autoposts: Autoposts) -> None:
        """One plan per channel and board, whatever the time; another metric is another board."""
        await autoposts.add(board="code", time="9am")

        said = await autoposts.refuse_to_add(board="Code", time="10am")
        assert "This board is already posted to that channel. See /autopost list." == said
        await autoposts.add(board="code/tokens")
        assert 2 == await autoposts.count()

    async def test_twenty_sixth_is_refused(self, autoposts: Autoposts) -> None:
        """A server has at most 25 plans, as many as a list of choices can have; all are listed."""
        await autoposts.fill(MOST_PLANS - 1)
        await autoposts.add(board="overview")

        said = await autoposts.refuse_to_add(board="deepseek v4 flash 07-31, by tokens")
        assert "This server already has 25 autoposts, which is the limit. Remove one first." == said
        assert 25 == len(re.findall(r"^\*\*#\d+\*\*", await autoposts.listed(), re.MULTILINE))
        assert 25 == len(await autoposts.offered("remove", "autopost", ""))


class TestBoardAutocomplete:
    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("overview", ("Overview, by requests", "overview/requests")),
            ("Code", ("Code, by requests", "code/requests")),
            ("debug", ("Debugging (Code), by requests", "task:code:debugging/requests")),
            ("code:debugging", ("Debugging (Code), by requests", "task:code:debugging/requests")),
            ("general_impl", ("Code Generation (Code), by requests", "task:code:general_impl/requests")),
            ("debugging tokens", ("Debugging (Code), by tokens", "task:code:debugging/tokens")),
            ("luna", ("GPT-5.6 Luna, by requests", "model:openai/gpt-5.6-luna-20260709/requests")),
            ("20260709", ("GPT-5.6 Luna, by requests", "model:openai/gpt-5.6-luna-20260709/requests")),
        ],
    )
    async def test_boards_are_found_by_title_tag_and_id(
        self, autoposts: Autoposts, typed: str, first: tuple[str, str]
    ) -> None:
        """The best match comes first, by both metrics."""
        offered = await autoposts.offered("add", "board", typed)

        assert first == (offered[0]["name"], offered[0]["value"])
        assert len(offered) <= 25

    async def test_nothing_typed_offers_the_broadest_first(self, autoposts: Autoposts) -> None:
        """Overview, digest and categories come before tasks, each by both metrics, 25 in all."""
        names = await autoposts.offered_names("add", "board", "")

        assert ["Overview, by requests", "Overview, by tokens"] == names[:2]
        digests = ["Digest, by requests (weekly, on Monday)", "Digest, by tokens (weekly, on Monday)"]
        assert digests == names[2:4]
        assert {"Code, by tokens", "Agent, by requests"} <= set(names[4:12])
        assert 25 == len(names)

    async def test_nonsense_offers_nothing(self, autoposts: Autoposts) -> None:
        """The answer is an empty list."""
        assert [] == await autoposts.offered("add", "board", "q" * 6000)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("berl", "Europe/Berlin (UTC+02:00)"),
        ("Germany", "Europe/Berlin (UTC+02:00)"),
        ("+5:30", "Asia/Kolkata (UTC+05:30)"),
        ("utc-4", "America/New_York (UTC-04:00)"),
        ("lord howe", "Australia/Lord_Howe (UTC+10:30)"),
        ("LA", "Los Angeles: America/Los_Angeles (UTC-07:00)"),
        ("東京", "Asia/Tokyo (UTC+09:00)"),
        ("", "UTC (UTC+00:00)"),
    ],
)
async def test_timezones_are_offered_by_city_country_and_offset(autoposts: Autoposts, typed: str, offered: str) -> None:
    """With today's offset."""
    names = await autoposts.offered_names("add", "timezone", typed)

    assert offered == names[0]
    assert len(names) <= 25


class TestColdMarket:
    @pytest.fixture
    def market(self, empty_market: EmptyMarket) -> Market:
        """Nothing has been fetched yet."""
        return empty_market

    async def test_boards_can_be_planned_before_there_is_any_data(self, autoposts: Autoposts) -> None:
        """Nothing is offered, but the command waits for the first data and saves the plan."""
        assert [] == await autoposts.offered("add", "board", "code")

        assert "**Code, by requests**" in (await autoposts.add(board="code")).content


class TestList:
    async def test_empty_list_says_what_to_do(self, autoposts: Autoposts) -> None:
        """How to add a plan."""
        assert "There are none yet. Use `/autopost add` to add one." == await autoposts.listed()

    async def test_list_tells_where_what_and_when_next(self, autoposts: Autoposts) -> None:
        """Each plan has its channel, board, schedule and next time."""
        await autoposts.add(board="code", time="9am", timezone="Berlin", days="weekdays")
        listed = await autoposts.listed()

        assert f"**#1** <#{autoposts.channel.id}> Code, by requests" in listed
        assert "weekdays at 09:00 (Europe/Berlin); next <t:" in listed
        assert BERLIN_NINE[:1] == times_in(listed)

    async def test_list_links_to_the_last_post(self, autoposts: Autoposts) -> None:
        """With the result of that post."""
        await autoposts.add()
        async with autoposts.posting():
            await autoposts.pass_time(10)
        (post,) = autoposts.posts()

        link = f"https://discord.com/channels/{autoposts.guild.id}/{autoposts.channel.id}/{post.id}"
        assert f"last: posted, [see it]({link})" in await autoposts.listed()

    async def test_ended_plan_says_why_and_counts_no_more(self, autoposts: Autoposts) -> None:
        """A plan whose channel is gone is listed with the reason, and offered last."""
        await autoposts.add()
        await autoposts.add(board="code")
        await PlanStore(autoposts.database).end(1, problem=Place.CHANNEL.gone, now=autoposts.clock())

        assert "The channel was deleted, so this autopost has ended." in await autoposts.listed()
        assert ["2", "1"] == [choice["value"] for choice in await autoposts.offered("resume", "autopost", "")]
        assert "Use /autopost resume to restart it." in await autoposts.refuse("pause", autopost="1")

    async def test_ended_plan_can_be_resumed(self, autoposts: Autoposts) -> None:
        """The channel is back: the next post arrives as planned."""
        await autoposts.add()
        await PlanStore(autoposts.database).end(1, problem=Place.CHANNEL.gone, now=autoposts.clock())
        assert "Next post: <t:" in await autoposts.reply_to("resume", autopost="1")
        async with autoposts.posting():
            await autoposts.pass_time(10)

        assert 1 == len(autoposts.posts())

    async def test_one_wrong_answer_ends_no_plan(self, autoposts: Autoposts) -> None:
        """Discord once says that an existing channel is unknown; the post arrives."""
        await autoposts.add()
        autoposts.env.inject_error("POST", "/channels/*/messages", status=404, code=10003)
        async with autoposts.posting():
            await autoposts.pass_time(10)
            await autoposts.pass_time(0.1)

        assert 1 == len(autoposts.posts())
        assert "last: posted" in await autoposts.listed()

    async def test_missing_permission_is_listed_and_gone_after_the_next_post(self, autoposts: Autoposts) -> None:
        """The list says how to fix a refused post, which is retried."""
        await autoposts.add()
        autoposts.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
        async with autoposts.posting():
            await autoposts.pass_time(10)
            assert "I am not allowed to post in the channel. Give me Send Messages" in await autoposts.listed()

            await autoposts.pass_time(24)
            assert "last: posted" in await autoposts.listed()
        assert 1 == len(autoposts.posts())


class TestWhatIsNotPosted:
    async def test_moderators_command_retries_a_refused_post(self, autoposts: Autoposts) -> None:
        """After fixing the permission, the moderator opens the list, and the post arrives."""
        await autoposts.add()
        autoposts.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
        async with autoposts.posting():
            await autoposts.pass_time(10)
            autoposts.clock.advance(timedelta(minutes=2))
            await autoposts.until_idle()
            assert [] == autoposts.posts()
            assert "I am not allowed to post in the channel" in await autoposts.listed()
            await autoposts.until(autoposts.posts)
            await autoposts.until_idle()

        assert "last: posted" in await autoposts.listed()

    async def test_adding_a_plan_retries_it_too(self, autoposts: Autoposts) -> None:
        """As does any command of `/autopost`."""
        await autoposts.add()
        autoposts.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
        async with autoposts.posting():
            await autoposts.pass_time(10)
            autoposts.clock.advance(timedelta(minutes=2))
            await autoposts.add(board="code")
            await autoposts.until(autoposts.posts)
            await autoposts.until_idle()

    async def test_plan_of_another_version_is_listed_and_can_be_removed(self, autoposts: Autoposts) -> None:
        """The list says what is unreadable; no other command changes it."""
        await autoposts.add()
        async with autoposts.database.transaction() as connection:
            await connection.execute(sa.update(plans).values(board="movers:7/requests"))

        listed = as_read(await autoposts.listed())
        assert f"**#1** <#{autoposts.channel.id}> movers:7/requests\nposts nothing: I do not know its board" in listed
        assert ["#1: movers:7/requests (I cannot use it)"] == await autoposts.offered_names("remove", "autopost", "")
        assert "I do not know its board" in await autoposts.refuse("pause", autopost="1")
        assert "Removed the autopost" in await autoposts.reply_to("remove", autopost="1")
        assert "There are none yet" in await autoposts.listed()

    async def test_plan_that_is_added_again_posts_nothing_twice(self, autoposts: Autoposts) -> None:
        """Removed and added with a later time: the channel already has the day's data."""
        await autoposts.add()
        async with autoposts.posting():
            await autoposts.pass_time(10)
            await autoposts.reply_to("remove", autopost="1")
            await autoposts.add(time="11pm")
            await autoposts.pass_time(2)

        assert 1 == len(autoposts.posts())


class TestChanges:
    async def test_plans_are_offered_by_number_board_and_schedule(self, autoposts: Autoposts) -> None:
        """By each command that changes one."""
        await autoposts.add(board="code", time="9am", timezone="Berlin")
        await autoposts.add(board="gpt-5.6 luna", time=None)
        both = [
            "#1: Code, by requests, every day at 09:00 (Europe/Berlin)",
            "#2: GPT-5.6 Luna, by requests, every day, as soon as the day's data is available",
        ]

        for command in ("remove", "pause", "resume", "preview"):
            assert both == await autoposts.offered_names(command, "autopost", "")
            assert both[1:] == await autoposts.offered_names(command, "autopost", "luna")

    async def test_removed_plan_posts_no_more(self, autoposts: Autoposts) -> None:
        """It is not listed, and can be added again."""
        await autoposts.add()
        assert f"Removed the autopost to <#{autoposts.channel.id}>." == await autoposts.reply_to("remove", autopost="1")
        async with autoposts.posting():
            await autoposts.pass_time(10)

        assert [] == autoposts.posts()
        assert 0 == await autoposts.count()
        await autoposts.add()
        assert "**#2**" in await autoposts.listed()

    async def test_paused_plan_posts_nothing_until_it_is_resumed(self, autoposts: Autoposts) -> None:
        """Missed posts are not made up for; the reply has the next time."""
        await autoposts.add()
        assert "Use `/autopost resume` to resume it." in await autoposts.reply_to("pause", autopost="1")
        async with autoposts.posting():
            await autoposts.pass_time(10)
            assert "paused" in await autoposts.listed()
            said = await autoposts.reply_to("resume", autopost="1")
            assert [datetime(2026, 9, 2, 21, tzinfo=UTC)] == times_in(said)
            await autoposts.until_idle()
            assert [] == autoposts.posts()

            await autoposts.pass_time(23)
        assert 1 == len(autoposts.posts())

    async def test_resuming_an_active_plan_changes_nothing(self, autoposts: Autoposts) -> None:
        """A post that is about to arrive still arrives."""
        await autoposts.add()
        autoposts.clock.advance(timedelta(hours=10))
        assert "Resumed" in await autoposts.reply_to("resume", autopost="1")
        async with autoposts.posting():
            await autoposts.until_idle()

        assert 1 == len(autoposts.posts())

    async def test_preview_is_private(self, autoposts: Autoposts, sample: Edition) -> None:
        """Nothing is posted, and the card has its picture."""
        await autoposts.add(board="code")
        shown = answer_of(await autoposts.ask("preview", autopost="1"))

        assert (True, "Code", 1) == (shown.ephemeral, shown.embeds[0].title, len(shown.attachments))
        assert [] == autoposts.posts()

"""What `/autopost add` refuses: each time with one private sentence that says what to do, and without a plan."""

import discord
import pytest
from simcord.enums import ChannelType

from bot.app.permissions import WRITE_PERMISSIONS, missing_permissions
from tests.cogs.autoposts import Autoposts
from tests.cogs.scene import ANSWER

POST_PERMISSIONS = {
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}


class TestWrongInput:
    @pytest.mark.parametrize("typed", ["25:00", "9:60", "nine", "13pm", "0pm", "@everyone"])
    async def test_wrong_time_says_what_to_type(self, autoposts: Autoposts, typed: str) -> None:
        """Three ways to write a time are named."""
        assert "Type a time like 09:30, 9am or 9:30 pm." == await autoposts.refuse_to_add(time=typed)

    @pytest.mark.parametrize("typed", ["Atlantis", "UTC+99", "**", "x" * 6000])
    async def test_wrong_zone_says_what_to_type(self, autoposts: Autoposts, typed: str) -> None:
        """Zones that may be meant."""
        said = await autoposts.refuse_to_add(time="9am", timezone=typed)

        assert said.startswith("Type a city and pick its time zone from the list, such as ")

    async def test_zone_with_several_meanings_asks_which(self, autoposts: Autoposts) -> None:
        """LA may be Los Angeles, Louisiana or Laos."""
        assert (
            "LA can mean Los Angeles (America/Los_Angeles), Louisiana (America/Chicago) or Laos (Asia/Vientiane). "
            "Pick one from the list."
        ) == await autoposts.refuse_to_add(time="9am", timezone="LA")

    async def test_forged_days_say_what_to_type(self, autoposts: Autoposts) -> None:
        """Discord offers the days as choices, but a client may send anything."""
        autoposts.option("add", "days").pop("choices")
        said = await autoposts.refuse_to_add(days="Caturday")

        assert "Type “every day”, “weekdays” or a day such as “Monday”." == said

    async def test_unknown_board_names_the_nearest(self, autoposts: Autoposts) -> None:
        """A typing error gets suggestions."""
        said = await autoposts.refuse_to_add(board="Debuging")

        assert said.startswith(
            "There is no board called “Debuging” in the data. Try one of these: Debugging (Code), by"
        )


class TestChannel:
    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            ("forum_channel", "forum"),
            ("voice_channel", "voice"),
            ("stage_channel", "stage voice"),
            ("category", "category"),
        ],
    )
    async def test_channel_of_a_wrong_type_is_refused(self, autoposts: Autoposts, kind: str, name: str) -> None:
        """It can be chosen, and the reply says why it is refused."""
        channel = getattr(autoposts.guild, f"create_{kind}")("elsewhere")
        said = await autoposts.refuse_to_add(channel)

        assert f"I cannot post daily to a {name} channel. Pick a text or announcement channel, or a thread." == said

    async def test_only_announcements_can_be_published(self, autoposts: Autoposts) -> None:
        """A text channel has no followers."""
        said = await autoposts.refuse_to_add(publish=True)

        assert (
            "Only posts in an announcement channel can be published. Pick such a channel, or leave out publish." == said
        )

    async def test_everyone_cannot_be_mentioned(self, autoposts: Autoposts) -> None:
        """Only single roles can be mentioned, not all members."""
        said = await autoposts.refuse_to_add(mention=autoposts.guild.default_role)

        assert "I do not mention @everyone. Pick another role, or leave out mention." == said


class TestPermissions:
    async def test_missing_permission_is_named(self, autoposts: Autoposts) -> None:
        """What the bot lacks in the channel, in Discord's own words."""
        for permission, name in POST_PERMISSIONS.items():
            said = await autoposts.refuse_to_add(autoposts.channel_denying(permission))

            assert f"I lack these permissions in that channel: {name}. Give them to me and try again." == said

    async def test_missing_permission_to_send_is_named(self, autoposts: Autoposts) -> None:
        """Discord then denies the others too."""
        assert "Send Messages" in await autoposts.refuse_to_add(autoposts.channel_denying("send_messages"))

    async def test_all_that_is_missing_is_named_at_once(self, autoposts: Autoposts) -> None:
        """In one reply."""
        said = await autoposts.refuse_to_add(autoposts.channel_denying("send_messages", *POST_PERMISSIONS))

        assert (
            "I lack these permissions in that channel: Attach Files, Embed Links, Read Message History, Send Messages."
            in said
        )

    async def test_hidden_channel_is_said_to_be_hidden(self, autoposts: Autoposts) -> None:
        """Discord does not reveal a channel that the bot cannot see."""
        said = await autoposts.refuse_to_add(autoposts.channel_denying("view_channel"))

        assert "View Channel" in said

    async def test_thread_needs_its_own_permission(self, autoposts: Autoposts) -> None:
        """Send Messages in Threads is what counts there."""
        channel = autoposts.channel_denying("send_messages_in_threads")
        autoposts.env.backend.create_thread(channel.id, "talk", autoposts.moderator.id)

        said = await autoposts.refuse_to_add(channel.threads[0])
        assert (
            "I lack these permissions in that channel: Send Messages in Threads. Give them to me and try again." == said
        )

    async def test_thread_may_be_posted_to_where_its_channel_may_not(self, autoposts: Autoposts) -> None:
        """A read-only channel often has threads for discussion."""
        channel = autoposts.channel_denying("send_messages")
        autoposts.env.backend.create_thread(channel.id, "talk", autoposts.moderator.id)

        assert "gets" in (await autoposts.add(channel.threads[0])).content

    async def test_role_that_cannot_be_mentioned_needs_a_permission(self, autoposts: Autoposts) -> None:
        """A role that everybody may mention needs none."""
        role = autoposts.guild.create_role("Readers")
        channel = autoposts.channel_denying("mention_everyone")

        said = await autoposts.refuse_to_add(channel, mention=role)
        assert "I lack these permissions in that channel: Mention All Roles. Give them to me and try again." == said
        await autoposts.add(channel, mention=autoposts.guild.create_role("Fans", mentionable=True))
        assert 1 == await autoposts.count()


class TestMember:
    """The bot does not post for members where they may not post themselves."""

    async def test_missing_permission_is_named(self, autoposts: Autoposts) -> None:
        """At once, as it comes with the command."""
        before = len(autoposts.scene.sent)
        said = await autoposts.refuse_to_add(autoposts.channel_closed_to_the_moderator("send_messages"))

        assert (
            "You lack these permissions in that channel: Send Messages. Ask somebody who has them to add the autopost."
            == said
        )
        assert [("POST", ANSWER)] == autoposts.scene.steps_since(before)

    def test_hidden_channel_is_one_of_them(self) -> None:
        """A client may name a channel that its user does not see."""
        held = discord.Permissions(send_messages=True)

        assert ["read_messages"] == missing_permissions(held, WRITE_PERMISSIONS, in_thread=False)

    async def test_thread_needs_its_own_permission(self, autoposts: Autoposts) -> None:
        """A channel that is for reading only may have threads to talk in, and the other way round."""
        silent = autoposts.channel_closed_to_the_moderator("send_messages_in_threads")
        talking = autoposts.channel_closed_to_the_moderator("send_messages")
        for channel in (silent, talking):
            autoposts.env.backend.create_thread(channel.id, "talk", autoposts.moderator.id)

        assert "You lack these permissions in that channel: Send Messages in Threads." in await autoposts.refuse_to_add(
            silent.threads[0]
        )
        assert "gets" in (await autoposts.add(talking.threads[0])).content

    async def test_role_that_cannot_be_mentioned_needs_a_permission(self, autoposts: Autoposts) -> None:
        """A role that everybody may mention needs none."""
        role = autoposts.guild.create_role("Readers")
        channel = autoposts.channel_closed_to_the_moderator("mention_everyone")

        assert "You lack these permissions in that channel: Mention All Roles." in await autoposts.refuse_to_add(
            channel, mention=role
        )
        await autoposts.add(channel, mention=autoposts.guild.create_role("Fans", mentionable=True))
        assert 1 == await autoposts.count()

    async def test_publishing_needs_what_publishing_by_hand_needs(self, autoposts: Autoposts) -> None:
        """Manage Messages, because the bot is the author; unpublished posts need less."""
        news = autoposts.channel_closed_to_the_moderator("manage_messages", kind=ChannelType.NEWS)

        assert "You lack these permissions in that channel: Manage Messages." in await autoposts.refuse_to_add(
            news, publish=True
        )
        await autoposts.add(news)
        assert 1 == await autoposts.count()

    async def test_all_that_is_missing_is_named_at_once(self, autoposts: Autoposts) -> None:
        """Nobody has to ask twice."""
        lacking = ("send_messages", "mention_everyone", "manage_messages")
        news = autoposts.channel_closed_to_the_moderator(*lacking, kind=ChannelType.NEWS)
        said = await autoposts.refuse_to_add(news, publish=True, mention=autoposts.guild.create_role("Readers"))

        assert "You lack these permissions in that channel: Manage Messages, Mention All Roles, Send Messages." in said

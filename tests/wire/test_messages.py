"""The stand-in's messages, and who may write and read them."""

from collections.abc import AsyncIterator

import discord
import pytest

from tests.wire.plain import Scene, make_card, open_scene


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with open_scene(monkeypatch) as opened:
        yield opened
        assert [] == opened.server.unknown_requests


async def test_nonce_creates_one_message_within_its_window(scene: Scene) -> None:
    """A repeated nonce returns the earlier message; after the window it creates a new one."""
    first = await scene.target.send("one", nonce="n")
    again = await scene.target.send("one", nonce="n")
    scene.clock.moved = scene.server.messages.nonce_window
    later = await scene.target.send("one", nonce="n")

    assert first.id == again.id
    assert [first.id, later.id] == [one.id for one in scene.server.messages.in_channel(scene.channel)]


async def test_nonce_of_a_deleted_message_is_unknown(scene: Scene) -> None:
    """After a moderator's deletion, the nonce creates no second message."""
    sent = await scene.target.send("one", nonce="n")
    scene.server.messages.delete(scene.server.messages.find(sent.id))
    with pytest.raises(discord.NotFound) as caught:
        await scene.target.send("one", nonce="n")

    assert 10008 == caught.value.code
    assert [] == scene.server.messages.in_channel(scene.channel)


async def test_file_in_an_embed_is_no_attachment_of_the_answer(scene: Scene) -> None:
    """As in Discord, a file that an embed shows is only in the embed."""
    embed, file = make_card()
    sent = await scene.target.send(embed=embed, file=file)

    assert [] == sent.attachments
    assert str(sent.embeds[0].image.url).startswith("https://cdn.discordapp.com/attachments/")


async def test_history_is_empty_without_the_permission(scene: Scene) -> None:
    """There is no error, as in Discord."""
    sent = await scene.target.send("one")
    read = [message.id async for message in scene.target.history(after=discord.Object(sent.id - 1))]
    may = discord.Permissions(view_channel=True, send_messages=True)
    scene.server.world.permit_bot(scene.channel, may.value)
    unread = [message.id async for message in scene.target.history()]

    assert ([sent.id], []) == (read, unread)


async def test_permissions_follow_from_roles_and_overwrites(scene: Scene) -> None:
    """What a client computes from REST is what the stand-in checks."""
    may = discord.Permissions(view_channel=True, read_message_history=True)
    scene.server.world.permit_bot(scene.channel, may.value)
    guild = await scene.client.fetch_guild(scene.channel.guild_id or 0)
    channel = await guild.fetch_channel(scene.channel.id)
    member = await guild.fetch_member(scene.server.world.bot.id)
    with pytest.raises(discord.Forbidden) as caught:
        await scene.target.send("one")

    assert may == channel.permissions_for(member)
    assert 50013 == caught.value.code


async def test_announcement_is_published_once(scene: Scene) -> None:
    """A second crosspost gets Discord's error."""
    guild = scene.server.world.guilds[scene.channel.guild_id or 0]
    news = scene.server.world.add_channel(guild, 5)
    sent = await scene.client.get_partial_messageable(news.id).send("news")
    await sent.publish()
    with pytest.raises(discord.HTTPException) as caught:
        await sent.publish()

    assert 40033 == caught.value.code


@pytest.mark.parametrize(("kind", "code"), [(15, 50008), (11, None), (2, None)])
async def test_only_forums_take_no_messages(scene: Scene, kind: int, code: int | None) -> None:
    """Threads and voice channels accept text, forums do not."""
    guild = scene.server.world.guilds[scene.channel.guild_id or 0]
    channel = scene.server.world.add_channel(guild, kind)
    fetched = await scene.client.fetch_channel(channel.id)
    found: int | None = None
    try:
        await scene.client.get_partial_messageable(fetched.id).send("one")
    except discord.HTTPException as error:
        found = error.code

    assert code == found

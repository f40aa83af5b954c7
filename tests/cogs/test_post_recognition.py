"""How a post is found again in its channel: by the nonce in its button, and for a while by what 0.1.0 posted."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest

from bot.app.channels import DiscordMessenger
from bot.app.messages import CardMessage, PreparedCard, PreparedView, message_of, post_of
from bot.autopost.messenger import NotThere
from bot.autopost.outcome import Answer
from bot.autopost.pace import Pace
from bot.autopost.plans import PlanRequest, Post
from bot.autopost.schedule import OPEN_FOR, Schedule
from bot.autopost.transitions import PostState
from bot.clock import utc_now
from bot.market.boards import Board
from tests.cogs.autoposts import Autoposts
from tests.cogs.scene import answer_of

AS_OF = date(2026, 8, 31)
NONCE = "0123456789abcdef01234567"
BOARD = Board.parse("code")


def post_in(autoposts: Autoposts, *, board: Board = BOARD, nonce: str = NONCE, as_of: date = AS_OF) -> Post:
    """A post of unknown fate."""
    request = PlanRequest(
        guild_id=autoposts.guild.id, channel_id=autoposts.channel.id, board=board, schedule=Schedule(time(21))
    )
    now = autoposts.clock()
    return Post(
        id=1,
        plan_id=1,
        content=request.content,
        as_of=as_of,
        instant=now,
        closes_at=now + OPEN_FOR,
        nonce=nonce,
        state=PostState.CLAIMED,
        attempts=1,
        first_claimed_at=now,
        claimed_at=now,
        attempted_at=now,
    )


async def find(autoposts: Autoposts, post: Post, *, upgraded_at: datetime | None = None) -> object:
    """Look for a post as long as the channel exists."""
    messenger = DiscordMessenger(autoposts.bot, pace=Pace(), upgraded_at=upgraded_at)
    return await messenger.find(post, since=datetime(2020, 1, 1, tzinfo=autoposts.clock().tzinfo))


async def test_post_is_found_by_its_nonce(autoposts: Autoposts) -> None:
    """Whatever else the message says: another board, another day."""
    channel = autoposts.bot.get_partial_messageable(autoposts.channel.id)
    parts = post_of(await autoposts.bot.gallery.load_card(BOARD), NONCE)
    sent = await channel.send("Code, 31 Aug: Code Generation leads with 4.0 %", **parts)
    another_board = post_in(autoposts, board=Board.parse("overview/tokens"), as_of=date(2026, 9, 1))

    assert Answer(status=200, message_id=sent.id) == await find(autoposts, another_board)
    assert NotThere() == await find(autoposts, post_in(autoposts, nonce=NONCE[::-1]))


@pytest.mark.parametrize(
    ("days", "is_found"), [(None, False), (0, True), (29, True), (31, False)], ids=["never", "today", "in time", "late"]
)
async def test_post_of_0_1_0_is_found_for_thirty_days(
    autoposts: Autoposts, days: int | None, *, is_found: bool
) -> None:
    """It has no such button: its menu and its citation tell, after an upgrade."""
    channel = autoposts.bot.get_partial_messageable(autoposts.channel.id)
    await channel.send(**message_of(await autoposts.bot.gallery.load_card(BOARD)))
    upgraded_at = None if days is None else utc_now() - timedelta(days=days)
    found = await find(autoposts, post_in(autoposts), upgraded_at=upgraded_at)

    assert is_found is isinstance(found, Answer)
    await channel.send(**post_of(await autoposts.bot.gallery.load_card(Board.parse("data")), NONCE[::-1]))
    for other in (post_in(autoposts, board=Board.parse("data")), post_in(autoposts, as_of=date(2026, 9, 1))):
        assert NotThere() == await find(autoposts, other, upgraded_at=upgraded_at)


async def test_answer_to_a_command_is_no_post(autoposts: Autoposts) -> None:
    """Although it shows the same card."""
    await autoposts.moderator.slash(autoposts.channel, "rankings code")

    assert NotThere() == await find(autoposts, post_in(autoposts), upgraded_at=utc_now())


@pytest.mark.parametrize("parts_of", [lambda card: post_of(card, NONCE), message_of], ids=["post", "answer"])
async def test_button_explains_the_card_to_whoever_clicks(
    autoposts: Autoposts, parts_of: Callable[[PreparedCard], CardMessage]
) -> None:
    """Privately, also after a restart. A post's button has the nonce, so the board comes from the other controls."""
    channel = autoposts.bot.get_partial_messageable(autoposts.channel.id)
    await channel.send(**parts_of(await autoposts.bot.gallery.load_card(Board.parse("code/tokens"))))
    (posted,) = autoposts.posts()
    await autoposts.scene.restart()
    told = answer_of(await autoposts.moderator.click(posted, label="How to read this"))

    assert told.ephemeral
    assert "**Code**\n37.3 % of classified tokens, last 7 days." in (told.embeds[0].description or "")
    assert "samples the requests" in (told.embeds[0].fields[0].value or "")


async def test_button_of_a_post_of_an_older_version_explains_it(autoposts: Autoposts) -> None:
    """The board comes from its other controls, and the data is the newest."""
    channel = autoposts.bot.get_partial_messageable(autoposts.channel.id)
    parts = post_of(await autoposts.bot.gallery.load_card(BOARD), NONCE)
    *menus, buttons = parts["view"].to_components()
    metric, *_, nonce = buttons["components"]
    parts["view"] = PreparedView([*menus, {**buttons, "components": [metric, nonce]}])
    await channel.send(**parts)
    (posted,) = autoposts.posts()
    told = answer_of(await autoposts.moderator.click(posted, label="How to read this"))

    assert "**Code**\n12.2 % of classified requests" in (told.embeds[0].description or "")

"""Each request of the poster takes its turn in the pace."""

from datetime import date, time

import pytest

from bot.app.channels import DiscordMessenger
from bot.autopost.messenger import CannotTell, NotThere, SearchResult
from bot.autopost.pace import Pace
from bot.autopost.plans import PlanRequest, Post, nonce_of
from bot.autopost.schedule import OPEN_FOR, Schedule
from bot.autopost.transitions import PostState
from bot.market.boards import Board, BoardKind
from bot.storage.plan_store import PlanStore
from tests.cogs.autoposts import Autoposts


class CountingPace(Pace):
    """A pace without limits, which counts turns."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0

    async def turn(self) -> None:
        self.turns += 1


@pytest.mark.parametrize(("denied", "expected"), [([], NotThere()), (["read_message_history"], CannotTell())])
async def test_reading_an_empty_history(autoposts: Autoposts, denied: list[str], expected: SearchResult) -> None:
    """To tell an empty history from a hidden one takes four requests, and three of them take a turn."""
    empty, now, pace, as_of = autoposts.channel_denying(*denied), autoposts.clock(), CountingPace(), date(2026, 8, 31)
    request = PlanRequest(
        guild_id=autoposts.guild.id, channel_id=empty.id, board=Board(BoardKind.OVERVIEW), schedule=Schedule(time(21))
    )
    plan = await PlanStore(autoposts.database).add(request, now=now)
    post = Post(
        id=1,
        plan_id=plan.id,
        content=request.content,
        as_of=as_of,
        instant=now,
        closes_at=now + OPEN_FOR,
        nonce=nonce_of(plan, as_of),
        state=PostState.CLAIMED,
        attempts=1,
        first_claimed_at=now,
        claimed_at=now,
        attempted_at=now,
    )
    before = len(autoposts.env.http_requests)

    found = await DiscordMessenger(autoposts.bot, pace=pace).find(post, since=now)

    assert expected == found
    assert (4, 3) == (len(autoposts.env.http_requests) - before, pace.turns)

"""The start of a search for a post: early enough to find it, even if clocks were wrong."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.autopost.messenger import SEARCH_MARGIN, search_start
from bot.autopost.plans import Plan, PlanRequest, Post
from bot.autopost.schedule import OPEN_FOR, Progress, Schedule
from bot.autopost.transitions import PlanState, PostState
from bot.market.boards import Board

FIRST = datetime(2026, 9, 2, tzinfo=UTC)
"""The first instant at which a plan without a time may post the data."""

BEFORE = FIRST - timedelta(hours=8)


@pytest.mark.parametrize(
    ("wrong", "since"),
    [
        ({}, FIRST),
        ({"instant": BEFORE}, BEFORE),
        ({"claimed_at": BEFORE}, BEFORE),
        ({"now": BEFORE}, BEFORE),
        ({"since": BEFORE - timedelta(days=1)}, FIRST),
    ],
    ids=["right clock", "early instant", "early claim", "set back since", "older plan"],
)
def test_wrong_clock_hides_no_post(wrong: dict[str, datetime], since: datetime) -> None:
    """The search starts hours before the earliest of the post's stored instants and the clock."""
    times = {"instant": FIRST, "claimed_at": FIRST, "now": FIRST, "since": FIRST - timedelta(hours=1), **wrong}
    request = PlanRequest(guild_id=1, channel_id=2, board=Board.parse("code"), schedule=Schedule(None))
    plan = Plan(id=1, request=request, state=PlanState.ACTIVE, progress=Progress(since=times["since"]))
    post = Post(
        id=1,
        plan_id=1,
        content=request.content,
        as_of=date(2026, 9, 1),
        instant=times["instant"],
        closes_at=times["instant"] + OPEN_FOR,
        nonce="1",
        state=PostState.CLAIMED,
        attempts=1,
        first_claimed_at=times["claimed_at"],
        claimed_at=FIRST,
        attempted_at=FIRST,
    )

    assert since - SEARCH_MARGIN == search_start(plan, post, now=times["now"])

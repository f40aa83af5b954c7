"""The nonce of a post, by which Discord recognises repeated attempts."""

from dataclasses import replace
from datetime import UTC, date, datetime

from bot.autopost.codes import Problem, ProblemCode
from bot.autopost.plans import Plan, PlanRequest, nonce_of
from bot.autopost.schedule import Progress, Schedule
from bot.autopost.transitions import PlanState
from bot.market.boards import Board

AS_OF = date(2026, 8, 31)
LONGEST_NONCE = 25
PLAN = Plan(
    id=1,
    request=PlanRequest(guild_id=1, channel_id=2, board=Board.parse("code"), schedule=Schedule(None)),
    state=PlanState.ACTIVE,
    progress=Progress(since=datetime(2026, 9, 1, tzinfo=UTC)),
)


def test_nonce_is_the_same_for_every_attempt() -> None:
    """It depends only on the plan's id, its channel and the data, so that every process computes the same nonce."""
    later = replace(
        PLAN, state=PlanState.PAUSED, problem=Problem(ProblemCode.REFUSED), progress=Progress(since=datetime.now(UTC))
    )

    assert "6ca3b624" == nonce_of(PLAN, AS_OF)[:8]
    assert nonce_of(PLAN, AS_OF) == nonce_of(later, AS_OF)


def test_nonces_of_different_posts_differ() -> None:
    """Another plan, another channel and another day each have their own nonce."""
    elsewhere = replace(PLAN, request=replace(PLAN.request, channel_id=3))
    nonces = [
        nonce_of(PLAN, AS_OF),
        nonce_of(replace(PLAN, id=2), AS_OF),
        nonce_of(elsewhere, AS_OF),
        nonce_of(PLAN, date(2026, 9, 1)),
    ]

    assert 4 == len(set(nonces))
    assert [] == [nonce for nonce in nonces if len(nonce) > LONGEST_NONCE]

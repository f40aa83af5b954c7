"""What a refusal of Discord's means for a plan, entered where its moderators see it."""

import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from http import HTTPStatus

from bot.autopost.messenger import Messenger
from bot.autopost.outcome import Missing, OurFault, Outcome, Paused, Place, outcome
from bot.autopost.plans import Plan, Plans, Post
from bot.autopost.remarks import Problem, ProblemCode, Result, ResultCode
from bot.autopost.setbacks import APART, APART_WHEN_KICKED, Setbacks
from bot.clock import Clock

Refusal = Missing | Paused | OurFault
"""What Discord answers to a request that does not come to anything."""

log = logging.getLogger(__name__)


def refused_result(refusal: Refusal) -> Result:
    """What is noted of a post that was refused."""
    match refusal:
        case OurFault():
            return refusal.result
        case Paused(reason):
            return Result(ResultCode.NOT_POSTED, {"problem": reason})
        case Missing(place):
            return Result(ResultCode.NOT_POSTED, {"problem": place.missing.code})


class Refusals:
    """Enters refusals; what would end a plan is confirmed by another request first."""

    def __init__(
        self,
        messenger: Messenger,
        *,
        plans: Plans,
        turn: Callable[[], AbstractAsyncContextManager[None]],
        clock: Clock,
    ) -> None:
        """Confirm by `messenger`, each request in its `turn`, and enter in `plans`."""
        self._messenger = messenger
        self._plans = plans
        self._turn = turn
        self._clock = clock

    async def confirm(self, post: Post, followed: Outcome) -> Outcome:
        """Look whether a place that is said to be missing is; what follows from that look is what counts."""
        if not isinstance(followed, Missing):
            return followed
        async with self._turn():
            return outcome(await self._messenger.look_for(post.content, followed.place))

    async def enter(self, refusal: Refusal, *, plan: Plan, post: Post) -> None:
        """Enter why a post was refused, and when it is tried again."""
        now = self._clock()
        setbacks = plan.setbacks.refused(now)
        match refusal:
            case Missing(place):
                setbacks = setbacks.found_missing(now, apart=APART)
                await self._report(place, place.missing, setbacks, plan=plan, post=post)
            case Paused(reason):
                setbacks = await self._look_whether_kicked(reason, setbacks, post=post, now=now)
                await self._report(Place.SERVER, Problem(reason), setbacks, plan=plan, post=post)
            case OurFault(status, code):
                log.error("Discord refused a post as malformed: plan %s, status %s, code %s", plan.id, status, code)
                await self._plans.settle(plan.id, post.instant, result=refusal.result, now=now)

    async def _look_whether_kicked(
        self, reason: ProblemCode, setbacks: Setbacks, *, post: Post, now: datetime
    ) -> Setbacks:
        """A kick usually shows as missing access, for ever: after long enough, ask for the server, once a day."""
        if reason is not ProblemCode.NO_ACCESS or not setbacks.lasts_long(now):
            return setbacks.found_there()
        if setbacks.was_found_missing(now, within=APART_WHEN_KICKED):
            return setbacks
        async with self._turn():
            answer = await self._messenger.look_for(post.content, Place.SERVER)
        if isinstance(outcome(answer), Missing):
            return setbacks.found_missing(now, apart=APART_WHEN_KICKED)
        return setbacks.found_there() if answer.status == HTTPStatus.OK else setbacks

    async def _report(self, place: Place, problem: Problem, setbacks: Setbacks, *, plan: Plan, post: Post) -> None:
        """End a plan whose place is gone; else say what hinders it, and have it tried again."""
        now = self._clock()
        if setbacks.is_gone:
            log.warning("Plan %s has ended: its %s was missing again and again", plan.id, place.value)
            await self._plans.end(plan.id, problem=place.gone, now=now)
            return
        look_at = setbacks.next_try(now, closes_at=post.closes_at, jitter=random.random())  # noqa: S311 - jitter
        await self._plans.report(plan.id, problem, setbacks=setbacks, now=now, look_at=look_at)

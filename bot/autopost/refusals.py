"""Stores what a refusal by Discord means for a plan, where moderators can see it."""

import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from http import HTTPStatus

from bot.autopost.codes import Problem, ProblemCode, Result, ResultCode
from bot.autopost.messenger import Messenger
from bot.autopost.outcome import Missing, NeedsModerator, OurFault, Outcome, Place, outcome
from bot.autopost.plans import Plan, Plans, Post
from bot.autopost.setbacks import KICK_CHECK_INTERVAL, MISSING_CHECK_INTERVAL, Setbacks
from bot.clock import Clock

Refusal = Missing | NeedsModerator | OurFault
"""The meanings of an answer that refuses a request."""

log = logging.getLogger(__name__)


def refused_result(refusal: Refusal) -> Result:
    """The result that is stored for a refused post."""
    match refusal:
        case OurFault():
            return refusal.result
        case NeedsModerator(reason):
            return Result(ResultCode.NOT_POSTED, {"problem": reason})
        case Missing(place):
            return Result(ResultCode.NOT_POSTED, {"problem": place.missing.code})


class Refusals:
    """Stores refusals; before one counts towards ending a plan, another request confirms it."""

    def __init__(
        self,
        messenger: Messenger,
        *,
        plans: Plans,
        turn: Callable[[], AbstractAsyncContextManager[None]],
        clock: Clock,
    ) -> None:
        """Confirm with `messenger`, wait for `turn` before each request, and store in `plans`."""
        self._messenger = messenger
        self._plans = plans
        self._turn = turn
        self._clock = clock

    async def confirm(self, post: Post, meaning: Outcome) -> Outcome:
        """Fetch a place that is said to be missing; return what that answer means instead (TryAgain if it exists)."""
        if not isinstance(meaning, Missing):
            return meaning
        async with self._turn():
            return outcome(await self._messenger.look_for(post.content, meaning.place))

    async def enter(self, refusal: Refusal, *, plan: Plan, post: Post) -> None:
        """Store why a post was refused, and when it is tried again."""
        now = self._clock()
        if post.channel_id != plan.channel_id:  # the plan has moved since: this says nothing about its channel now
            await self._plans.look_again(plan.id, now)
            return
        setbacks = plan.setbacks.refused(now)
        match refusal:
            case Missing(place):
                setbacks = setbacks.found_missing(now, apart=MISSING_CHECK_INTERVAL)
                await self._report(place, place.missing, setbacks, plan=plan, post=post)
            case NeedsModerator(reason):
                setbacks = await self._check_whether_kicked(reason, setbacks, post=post, now=now)
                await self._report(Place.SERVER, Problem(reason), setbacks, plan=plan, post=post)
            case OurFault(status, code):
                log.error("Discord refused a post as malformed: plan %s, status %s, code %s", plan.id, status, code)
                await self._plans.settle(plan.id, post.instant, result=refusal.result, now=now)

    async def _check_whether_kicked(
        self, reason: ProblemCode, setbacks: Setbacks, *, post: Post, now: datetime
    ) -> Setbacks:
        """Fetch the server once a day if access has been refused for 30 days: a kick usually shows as missing access."""
        if reason is not ProblemCode.NO_ACCESS or not setbacks.may_be_kicked(now):
            return setbacks.found_there()
        if setbacks.was_found_missing(now, within=KICK_CHECK_INTERVAL):
            return setbacks
        async with self._turn():
            answer = await self._messenger.look_for(post.content, Place.SERVER)
        if isinstance(outcome(answer), Missing):
            return setbacks.found_missing(now, apart=KICK_CHECK_INTERVAL)
        return setbacks.found_there() if answer.status == HTTPStatus.OK else setbacks

    async def _report(self, place: Place, problem: Problem, setbacks: Setbacks, *, plan: Plan, post: Post) -> None:
        """End a plan whose place is gone; otherwise store its problem and when to try again."""
        now = self._clock()
        if setbacks.is_gone:
            log.warning("Plan %s has ended: its %s was missing in several checks", plan.id, place.value)
            await self._plans.end(plan.id, problem=place.gone, now=now)
            return
        look_at = setbacks.next_try(now, closes_at=post.closes_at, jitter=random.random())  # noqa: S311 - jitter
        await self._plans.report(plan.id, problem, setbacks=setbacks, now=now, look_at=look_at)

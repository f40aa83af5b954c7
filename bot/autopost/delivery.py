"""Delivers a post to its channel exactly once, even across crashes and lost answers.

A post is written to the outbox before its request is made. If it is later found without an answer, the bot searches
the channel first, and sends the post again with the same nonce only if it is not there. If neither the nonce nor the
history can tell, the post is not sent again, but shown to the moderators.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime, timedelta

from bot.autopost.codes import Result, ResultCode
from bot.autopost.invalid_answers import InvalidAnswers
from bot.autopost.leases import LEASE, Leases
from bot.autopost.messenger import Messenger, NotThere, SearchResult, search_start
from bot.autopost.outcome import (
    SHOWN_BY_PERMISSIONS,
    AlreadyThere,
    Answer,
    OurFault,
    Sent,
    TryAgain,
    Unauthorized,
    backoff,
    outcome,
)
from bot.autopost.pace import Pace
from bot.autopost.plans import Outbox, Plan, Plans, Post
from bot.autopost.refusals import Refusal, Refusals, refused_result
from bot.autopost.token_check import TokenCheck
from bot.autopost.transitions import PostEvent
from bot.clock import Clock, utc_now

LATE_REQUEST_WINDOW = timedelta(seconds=30)
"""How long after its time-out a request may still reach Discord."""

POSTED = Result(ResultCode.POSTED)
NOT_PUBLISHED = Result(ResultCode.NOT_PUBLISHED)
UNSURE = Result(ResultCode.UNSURE)


class Delivery:
    """Delivers posts, with one attempt per call; the next attempt follows at the plan's next look."""

    def __init__(
        self, messenger: Messenger, *, pace: Pace, plans: Plans, outbox: Outbox, clock: Clock = utc_now
    ) -> None:
        """Send with `messenger` at the rate of `pace`, and store the results in `plans` and `outbox`."""
        self._messenger = messenger
        self._pace = pace
        self._plans = plans
        self._outbox = outbox
        self._clock = clock
        self._started_at = clock()
        self._leases = Leases(outbox, clock=clock)
        self._refusals = Refusals(messenger, plans=plans, turn=self._turn, clock=clock)
        self.awaiting_discord = 0
        """How many posts are waiting for Discord rather than for the rate limit."""
        self.invalid_answers = InvalidAnswers()
        self.token_check = TokenCheck(messenger, clock=clock)

    async def begin(self, plan: Plan, as_of: date, *, instant: datetime, by_hand: bool = False) -> bool:
        """Post the data of `as_of` for a due instant (aware UTC); return whether the message is in its channel."""
        now = self._clock()
        post = await self._outbox.claim(plan, as_of, instant=instant, now=now, by_hand=by_hand)
        if post is None:
            return await self._leave_to_another(plan)
        # For an instant from before this process started, a restored backup may lack an earlier attempt.
        age = timedelta(0) if by_hand or instant >= self._started_at else now - instant
        self._leases.note_claim(post, age=age)
        # An attempt that failed before may have been accepted after it was given up.
        if (by_hand or post.attempts == 1) and self._leases.is_nonce_known(post, now=now):
            return await self._send(plan, post)
        return await self._look(plan, post, in_doubt=False)

    async def next_try(self, plan: Plan, due_at: datetime) -> datetime:
        """Return when to look again at a plan that is not due before `due_at` (both aware UTC).

        If Discord refused the plan and it is not due for a day, its permissions are checked daily. If the bot may post
        again, the problem is cleared.
        """
        tomorrow = self._clock() + timedelta(days=1)
        if plan.problem is None or due_at <= tomorrow or plan.problem.code not in SHOWN_BY_PERMISSIONS:
            return due_at
        async with self._turn():
            may_post = await self._messenger.may_post(plan.request.content)
        if not may_post:
            return tomorrow
        await self._plans.clear(plan.id)
        return due_at

    async def finish(self, plan: Plan, post: Post) -> None:
        """Continue a post whose outcome is unknown, unless another process may be sending it."""
        now = self._clock()
        if self._leases.is_held_elsewhere(post, now=now):
            await self._plans.look_again(plan.id, post.attempted_at + LEASE)
            return
        taken = await self._leases.take_over(post)
        if taken is None:
            await self._leave_to_another(plan)
        elif taken.message_id is not None:
            await self._publish(plan, taken, taken.message_id)
        elif self._leases.is_nonce_known(taken, now=now):
            await self._resend(plan, taken, in_doubt=True)
        else:
            await self._look(plan, taken, nonce_helps=True)

    async def _look(self, plan: Plan, post: Post, *, in_doubt: bool = True, nonce_helps: bool = False) -> bool:
        """Search for a post, and send it if it is not there; if the history cannot tell, the nonce may still help."""
        match found := await self._find(plan, post):
            case NotThere():
                return await self._resend(plan, post, in_doubt=in_doubt)
            case Answer():
                return await self._conclude(plan, post, found, in_doubt=in_doubt)
        if nonce_helps and self._leases.is_instant_recent(post, now=self._clock()):
            return await self._resend(plan, post, in_doubt=True)
        return await self._leave_unsure(plan, post)

    async def _resend(self, plan: Plan, post: Post, *, in_doubt: bool) -> bool:
        """Send a post unless it is too late; `in_doubt` means that an earlier request may have been accepted."""
        if self._clock() < post.closes_at:
            return await self._send(plan, post, in_doubt=in_doubt)
        return await self._give_up(plan, post, in_doubt=in_doubt)

    async def _send(self, plan: Plan, post: Post, *, in_doubt: bool = False) -> bool:
        async with self._turn():
            held = await self._leases.renew(post)
            answer = None if held is None else await self._messenger.send(held)
        if held is None:
            return await self._leave_to_another(plan)
        post = held
        if answer is None:
            return await self._give_up(plan, post, in_doubt=in_doubt)
        if isinstance(outcome(answer), Refusal) and (in_doubt or answer.in_doubt):
            return await self._conclude_doubt(plan, post, answer)
        return await self._conclude(plan, post, answer)

    async def _give_up(self, plan: Plan, post: Post, *, in_doubt: bool = False) -> bool:
        """Give up a post that is too late or whose data is gone; the plan is looked at again with the present data."""
        if in_doubt:
            return await self._conclude_doubt(plan, post, None)
        await self._outbox.mark(post, PostEvent.FAIL, result=Result(ResultCode.MISSED))
        await self._plans.look_again(plan.id, self._clock())
        return False

    async def _conclude_doubt(self, plan: Plan, post: Post, refusal: Answer | None) -> bool:
        """Find out whether a post that is refused now, or that cannot be sent again, was accepted before."""
        found = await self._find(plan, post)
        if isinstance(found, NotThere):
            with self._waiting():
                await asyncio.sleep(LATE_REQUEST_WINDOW.total_seconds())
            held = await self._leases.renew(post)
            if held is None:
                return await self._leave_to_another(plan)
            post, found = held, await self._find(plan, held)
        match found:
            case NotThere():
                return await (self._give_up(plan, post) if refusal is None else self._conclude(plan, post, refusal))
            case Answer():
                return await self._conclude(plan, post, found, in_doubt=True)
        if refusal is not None:
            meaning = await self._refusals.confirm(post, outcome(refusal))
            if not isinstance(meaning, Refusal):
                await self._look_again(plan, post, after=timedelta(0))
                return False
            await self._refusals.enter(meaning, plan=plan, post=post)
        return await self._leave_unsure(plan, post)

    async def _leave_to_another(self, plan: Plan) -> bool:
        """Leave a post to the process that was faster, and look again after its lease."""
        await self._plans.look_again(plan.id, self._clock() + LEASE)
        return False

    async def _leave_unsure(self, plan: Plan, post: Post) -> bool:
        """Leave a post to the moderators if the bot cannot tell whether it is in its channel."""
        await self._plans.settle(plan.id, post.instant, result=UNSURE, now=self._clock())
        await self._outbox.mark(post, PostEvent.LOSE_TRACK, result=UNSURE)
        return False

    async def _find(self, plan: Plan, post: Post) -> SearchResult:
        async with self._turn():
            return await self._messenger.find(post, since=search_start(plan, post, now=self._clock()))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for the rate limit; the block makes one request."""
        await self._pace.turn()
        with self._waiting():
            yield

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self.awaiting_discord += 1
        try:
            yield
        finally:
            self.awaiting_discord -= 1

    async def _conclude(self, plan: Plan, post: Post, answer: Answer, *, in_doubt: bool = False) -> bool:
        """Store what Discord's answer means; return whether the message is in its channel."""
        meaning = await self._refusals.confirm(post, outcome(answer))
        now = self._clock()
        match meaning:
            case Sent(message_id):
                if post.content.publish:  # the post is done only when it is published too
                    await self._outbox.note_message(post, message_id=message_id)
                    return await self._publish(plan, post, message_id)
                await self._outbox.mark_sent(post, message_id=message_id, now=now, result=POSTED)
            case AlreadyThere():
                await self._outbox.mark_sent(post, message_id=None, now=now, result=POSTED)
            case TryAgain(after):
                await self._look_again(plan, post, after=after)
                return False
            case Unauthorized():
                await self.token_check.look()
                await self._look_again(plan, post, after=timedelta(0))
                return False
            case _:
                await self._enter_refusal(meaning, plan=plan, post=post, in_doubt=in_doubt)
        return isinstance(meaning, Sent | AlreadyThere)

    async def _enter_refusal(self, refusal: Refusal, *, plan: Plan, post: Post, in_doubt: bool) -> None:
        """Store a refusal; a post in doubt is searched for again with the plan, while its instant is open."""
        await self._refusals.enter(refusal, plan=plan, post=post)
        if not in_doubt:
            await self._outbox.mark(post, PostEvent.FAIL, result=refused_result(refusal))
        elif isinstance(refusal, OurFault) or self._clock() >= post.closes_at:
            await self._leave_unsure(plan, post)

    async def _publish(self, plan: Plan, post: Post, message_id: int) -> bool:
        """Publish a message that is in its channel; retry while the instant is open. Always return True."""
        async with self._turn():
            answer = await self._messenger.publish(post.content, message_id)
        now, meaning = self._clock(), outcome(answer)
        if isinstance(meaning, Unauthorized):
            await self.token_check.look()
            meaning = TryAgain()
        if isinstance(meaning, TryAgain) and now < post.closes_at:
            await self._look_again(plan, post, after=meaning.after)
            return True
        result = POSTED if isinstance(meaning, Sent | AlreadyThere) else NOT_PUBLISHED
        await self._outbox.mark_sent(post, message_id=message_id, now=now, result=result)
        return True

    async def _look_again(self, plan: Plan, post: Post, *, after: timedelta) -> None:
        pause = backoff(post.attempts, jitter=random.random())  # noqa: S311 - jitter
        await self._plans.look_again(plan.id, self._clock() + max(after, pause))

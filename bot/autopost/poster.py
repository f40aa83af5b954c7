"""The poster: sleeps until the next plan is due, and delivers all due plans without one delaying another."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from bot.autopost import schedule
from bot.autopost.codes import Problem, Result, ResultCode
from bot.autopost.delivery import Delivery
from bot.autopost.plans import Outbox, Plan, Plans, Post, ScheduleBasis
from bot.clock import Clock, utc_now
from bot.supervise import becomes, contain, wait_until_set

CLEAN_UP_EVERY = timedelta(minutes=10)
"""How often old rows are deleted and the clock is saved for the next start."""
LONGEST_SLEEP = timedelta(minutes=1)
"""The longest sleep, as somebody may set the clock."""
RETRY_AFTER_ERROR = timedelta(minutes=10)
"""How long a plan waits after an unexpected error."""
DATABASE_PAUSE = timedelta(seconds=10)
"""How long to wait after the database failed."""
MOST_PREPARING = 64
"""Most plans being prepared at once; those awaiting Discord don't count."""
QUEUE_PAUSE = timedelta(seconds=1)
"""How soon queued plans are tried again while too many are being prepared."""
BATCH_SIZE = 500

NOTHING_NEW = Result(ResultCode.NOTHING_NEW)
MISSED = Result(ResultCode.MISSED)
NOT_POSTED = Result(ResultCode.NOT_POSTED)


class Poster:
    """One loop over all plans; it never sends two posts to one channel at once."""

    def __init__(
        self,
        deliver: Delivery,
        *,
        plans: Plans,
        outbox: Outbox,
        available: Callable[[], Collection[date]],
        clock: Clock = utc_now,
    ) -> None:
        """Deliver posts with `deliver`; `available` returns the days (`as_of`) of the available data."""
        self._delivery = deliver
        self._plans = plans
        self._outbox = outbox
        self._available = available
        self._invalid_answers = deliver.invalid_answers
        self._clock = clock
        self._known_days: frozenset[date] = frozenset()
        self._cleaned_up_at: datetime | None = None
        self._last_clock = clock()
        self.looked_at = clock()
        """When it last checked what is due (aware UTC)."""
        self._queue: deque[Plan] = deque()
        self._busy: set[int] = set()
        self._guilds_to_retry: set[int] = set()
        self._priority_guilds: set[int] = set()
        self._wake = asyncio.Event()

    @property
    def stopped_by(self) -> Problem | None:
        """Why all posting has stopped; None while it goes on."""
        return self._delivery.token_check.problem

    def wake(self) -> None:
        """Check now what is due, because a plan, the data or the clock has changed."""
        self._wake.set()

    def try_refused(self, guild_id: int) -> None:
        """Retry a server's refused plans, because a moderator may have fixed the problem."""
        self._guilds_to_retry.add(guild_id)
        self.wake()

    async def run(self) -> None:
        """Post what is due, until cancelled."""
        self._queue.clear()
        self._busy.clear()
        await self._reschedule_all_if_needed()
        async with asyncio.TaskGroup() as tasks:
            while True:
                # Posts in progress continue even if the database cannot be used.
                if not await contain(self._run_once(tasks), name="autopost"):
                    await asyncio.sleep(DATABASE_PAUSE.total_seconds())

    async def post_now(self, plan: Plan) -> bool:
        """Post a plan's newest data on a moderator's request; return whether this put the message into its channel.

        Nothing is posted twice: if the data was posted already or is being posted, it returns False and sends nothing.
        """
        now = self._clock()
        stopped_until = self._invalid_answers.stopped_until(now=now) or self._delivery.token_check.until(now)
        if stopped_until is not None or not await becomes(lambda: plan.channel_id not in self._busy, QUEUE_PAUSE):
            return False
        self._busy.add(plan.channel_id)
        try:
            return await self._post_newest(plan.id)
        finally:
            self._busy.discard(plan.channel_id)
            self.wake()

    async def _post_newest(self, plan_id: int) -> bool:
        """Finish a post that was begun before, so that it cannot follow the newest one, and then post the newest."""
        plan, unfinished = await self._plans.load(plan_id), await self._outbox.load_unfinished(plan_id)
        if plan is not None and unfinished is not None:
            await self._finish(plan, unfinished)
            if await self._outbox.load_unfinished(plan_id) is not None:
                return False
            plan = await self._plans.load(plan_id)
        newest = max(self._available(), default=None)
        if plan is None or newest is None:
            return False
        if plan.progress.posted is not None and newest <= plan.progress.posted:
            return unfinished is not None
        instant = schedule.last_instant(plan.request.schedule, until=self._clock())
        return await self._delivery.begin(plan, newest, instant=instant, by_hand=True)

    async def _reschedule_all_if_needed(self) -> None:
        """Make all plans due for a look if the time zone rules changed or the clock was set back since the last run."""
        now, known = self._clock(), await self._plans.load_schedule_basis()
        if known is None or known.zone_rules != schedule.ZONE_RULES or now < known.clock:
            await self._plans.look_at_all(now, waiting_only=False)

    async def _clean_up(self, now: datetime) -> None:
        if self._cleaned_up_at is not None and timedelta(0) <= now - self._cleaned_up_at < CLEAN_UP_EVERY:
            return
        self._cleaned_up_at = now
        self._priority_guilds.clear()
        await self._plans.save_schedule_basis(ScheduleBasis(zone_rules=schedule.ZONE_RULES, clock=now))
        await self._plans.forget_old(now)

    async def _run_once(self, tasks: asyncio.TaskGroup) -> None:
        """Start what is due, and wait until something else may be due."""
        self._wake.clear()
        pause = await self._start_due(tasks)
        await wait_until_set(self._wake, pause)

    async def _start_due(self, tasks: asyncio.TaskGroup) -> timedelta:
        """Start as many due plans as MOST_PREPARING allows; return how long to sleep."""
        now = self._clock()
        if now < self._last_clock:  # the clock was set back: the stored looks were computed from a wrong time
            await self._plans.look_at_all(now, waiting_only=False)
        self._last_clock = now
        await self._clean_up(now)
        while self._guilds_to_retry:
            guild_id = self._guilds_to_retry.pop()
            self._priority_guilds.add(guild_id)
            await self._plans.look_at_refused(guild_id, now)
        stopped_for = await self._stopped_for(now)
        if stopped_for > timedelta(0):
            self.looked_at = now
            return min(stopped_for, LONGEST_SLEEP)
        available = frozenset(self._available())
        if available != self._known_days:
            self._known_days = available
            await self._plans.look_at_all(now, waiting_only=True)
        if not self._queue:
            due = await self._plans.load_due(now, limit=BATCH_SIZE + len(self._busy))
            self._queue.extend(plan for plan in due if plan.channel_id not in self._busy)
        self._start_queued(tasks)
        self.looked_at = now
        if self._queue:
            return QUEUE_PAUSE
        # Plans that are due but whose channel is busy start when that channel becomes free, which wakes the poster.
        next_look = await self._plans.load_next_look(after=now)
        return LONGEST_SLEEP if next_look is None else min(LONGEST_SLEEP, next_look - now)

    async def _stopped_for(self, now: datetime) -> timedelta:
        """How long posting is stopped; zero if it is not."""
        stopped_until = self._invalid_answers.stopped_until(now=now)
        if stopped_until is not None:
            return stopped_until - now
        ask_at = self._delivery.token_check.until(now)
        if ask_at is not None and ask_at <= now:
            await self._delivery.token_check.look()
            ask_at = self._delivery.token_check.until(now)
        return timedelta(0) if ask_at is None else ask_at - now

    def _start_queued(self, tasks: asyncio.TaskGroup) -> None:
        for _ in range(len(self._queue)):
            if len(self._busy) - self._delivery.awaiting_discord >= MOST_PREPARING:
                return
            plan = self._queue.popleft()
            if plan.channel_id in self._busy:
                continue  # it stays due, and is loaded again with the next batch
            self._busy.add(plan.channel_id)
            tasks.create_task(self._process_contained(plan), name=f"autopost {plan.id}")

    async def _process_contained(self, plan: Plan) -> None:
        """Process a plan; an unexpected error is contained, and the plan is retried later."""
        try:
            if not await contain(self._process(plan), name=f"autopost {plan.id}"):
                again = self._plans.look_again(plan.id, self._clock() + RETRY_AFTER_ERROR)
                if not await contain(again, name=f"autopost {plan.id}"):
                    await asyncio.sleep(DATABASE_PAUSE.total_seconds())
        finally:
            self._busy.discard(plan.channel_id)
            self.wake()

    async def _process(self, plan: Plan) -> None:
        """Do what is due for a plan; refused plans share a limit on further refusals."""
        now, has_priority = self._clock(), plan.request.guild_id in self._priority_guilds
        if plan.problem is None:
            await self._step(plan)
        elif self._invalid_answers.allows_refused_plan(now=now, for_moderator=has_priority):
            with self._invalid_answers.trying_refused_plan():
                await self._step(plan)
        else:
            pause = RETRY_AFTER_ERROR * random.uniform(1, 2)  # noqa: S311 - jitter
            await self._plans.look_again(plan.id, now + pause)

    async def _finish(self, plan: Plan, post: Post) -> None:
        """Finish a post; if its plan has moved since, wait until nothing else is sent to the post's channel."""
        if post.channel_id in self._busy - {plan.channel_id}:
            await self._plans.look_again(plan.id, self._clock() + QUEUE_PAUSE)
            return
        self._busy.add(post.channel_id)
        try:
            await self._delivery.finish(plan, post)
        finally:
            self._busy -= {post.channel_id} - {plan.channel_id}

    async def _step(self, plan: Plan) -> None:
        """Finish an unfinished post, or do what the schedule says is due."""
        unfinished = await self._outbox.load_unfinished(plan.id)
        if unfinished is not None:
            await self._finish(plan, unfinished)
            return
        now, at_hand = self._clock(), frozenset(self._available())
        available = at_hand.difference(await self._outbox.load_unsure_days(plan.id))
        match schedule.due(plan.request.schedule, plan.progress, available=available, now=now):
            case schedule.Post(instant, as_of):
                await self._delivery.begin(plan, as_of, instant=instant)
            case schedule.Wait(until):
                await self._plans.look_again(plan.id, await self._delivery.next_try(plan, until))
            case schedule.WaitForData(_, until):
                await self._plans.look_again(plan.id, until, waits_for_data=True)
                # Data that came before the plan was marked as waiting has not woken it.
                if frozenset(self._available()) != at_hand:
                    await self._plans.look_again(plan.id, now)
            case schedule.NothingNew(instant):
                await self._plans.settle(plan.id, instant, result=NOTHING_NEW, now=now)
            case schedule.Missed(instant):
                missed = NOT_POSTED if plan.problem else MISSED
                await self._plans.settle(plan.id, instant, result=missed, now=now)

"""The poster: sleeps until the next plan is due, and has each due one delivered without any delaying another."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from bot.autopost import schedule
from bot.autopost.delivery import Delivery
from bot.autopost.plans import Outbox, Plan, Plans, ScheduleBasis
from bot.autopost.remarks import Problem, Result, ResultCode
from bot.clock import Clock, utc_now
from bot.supervise import contain

HOUSEKEEPING = timedelta(minutes=10)
"""How often old rows are deleted, and the clock is noted for the next start."""

LONGEST_NAP = timedelta(minutes=1)
"""The clock is looked at this often, as it may be set."""

AFTER_A_BREAKDOWN = timedelta(minutes=10)
A_BREATH = timedelta(seconds=10)
"""How long the database is left alone when even that could not be entered."""

MOST_STARTING = 64
"""Visits that are on the way to their request; those that wait for Discord hold nobody up."""

UNTIL_THE_NEXT_START = timedelta(seconds=1)
BATCH = 500

NOTHING_NEW = Result(ResultCode.NOTHING_NEW)
MISSED = Result(ResultCode.MISSED)
NOT_POSTED = Result(ResultCode.NOT_POSTED)


class Poster:
    """One loop over all plans; never two posts at once into one channel."""

    def __init__(
        self,
        deliver: Delivery,
        *,
        plans: Plans,
        outbox: Outbox,
        available: Callable[[], Collection[date]],
        clock: Clock = utc_now,
    ) -> None:
        """Have posts delivered by `deliver`; `available` gives the days (`as_of`) of the data at hand."""
        self._delivery = deliver
        self._plans = plans
        self._outbox = outbox
        self._available = available
        self._invalid_answers = deliver.invalid_answers
        self._clock = clock
        self._seen: frozenset[date] = frozenset()
        self._kept_house_at: datetime | None = None
        self._clock_seen = clock()
        self.looked_at = clock()
        """When it knew last what is due (aware UTC)."""
        self._queue: deque[Plan] = deque()
        self._busy: set[int] = set()
        self._guilds_to_try: set[int] = set()
        self._favoured: set[int] = set()
        self._wake = asyncio.Event()

    @property
    def standstill(self) -> Problem | None:
        """Why all posting rests; None while it goes on."""
        return self._delivery.standstill.problem

    def wake(self) -> None:
        """Look at what is due now, as a plan, the data or the clock has changed."""
        self._wake.set()

    def try_refused(self, guild_id: int) -> None:
        """Try the plans of a server again that Discord refused: somebody may have put right what was wrong."""
        self._guilds_to_try.add(guild_id)
        self.wake()

    async def run(self) -> None:
        """Post what is due, for ever."""
        self._queue.clear()
        self._busy.clear()
        await self._reschedule_all_if_needed()
        async with asyncio.TaskGroup() as tasks:
            while True:
                # While the database cannot be used, what is under way goes on.
                if not await contain(self._run_once(tasks), name="autopost"):
                    await asyncio.sleep(A_BREATH.total_seconds())

    async def post_now(self, plan: Plan) -> bool:
        """Post the newest data of a plan at a moderator's word; tell whether the message is there now.

        It is never posted twice: what was posted already, or is being posted, stays as it is.
        """
        now = self._clock()
        rests = self._invalid_answers.stopped_until(now=now) or self._delivery.standstill.until(now)
        if rests is not None or plan.channel_id in self._busy:
            return False
        self._busy.add(plan.channel_id)
        try:
            return await self._post_newest(plan.id)
        finally:
            self._busy.discard(plan.channel_id)
            self.wake()

    async def _post_newest(self, plan_id: int) -> bool:
        """Settle a post that was begun before, so that it cannot come after the newest, and post that."""
        plan, unfinished = await self._plans.load(plan_id), await self._outbox.load_unfinished(plan_id)
        if plan is not None and unfinished is not None:
            await self._delivery.finish(plan, unfinished)
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
        """Look at all plans if zones have new rules, or the clock was set back, since the bot ran last."""
        now, known = self._clock(), await self._plans.load_schedule_basis()
        if known is None or known.zone_rules != schedule.ZONE_RULES or now < known.clock:
            await self._plans.look_at_all(now, waiting_only=False)

    async def _clean_up(self, now: datetime) -> None:
        if self._kept_house_at is not None and timedelta(0) <= now - self._kept_house_at < HOUSEKEEPING:
            return
        self._kept_house_at = now
        self._favoured.clear()
        await self._plans.save_schedule_basis(ScheduleBasis(zone_rules=schedule.ZONE_RULES, clock=now))
        await self._plans.forget_old(now)

    async def _run_once(self, tasks: asyncio.TaskGroup) -> None:
        """Start what is due, and wait until something else may be."""
        self._wake.clear()
        pause = await self._start_due(tasks)
        await _wait(self._wake, pause)

    async def _start_due(self, tasks: asyncio.TaskGroup) -> timedelta:
        """Start as many visits as there is room for; tell how long nothing else is due."""
        now = self._clock()
        if now < self._clock_seen:  # the clock was set back: what was reckoned by it does not hold
            await self._plans.look_at_all(now, waiting_only=False)
        self._clock_seen = now
        await self._clean_up(now)
        while self._guilds_to_try:
            guild_id = self._guilds_to_try.pop()
            self._favoured.add(guild_id)
            await self._plans.look_at_refused(guild_id, now)
        rest = await self._rest(now)
        if rest > timedelta(0):
            self.looked_at = now
            return min(rest, LONGEST_NAP)
        available = frozenset(self._available())
        if available != self._seen:
            self._seen = available
            await self._plans.look_at_all(now, waiting_only=True)
        if not self._queue:
            due = await self._plans.load_due(now, limit=BATCH + len(self._busy))
            self._queue.extend(plan for plan in due if plan.channel_id not in self._busy)
        self._start_queued(tasks)
        self.looked_at = now
        if self._queue:
            return UNTIL_THE_NEXT_START
        # What is due already, and waits for its channel, is woken by whoever ends there.
        next_look = await self._plans.load_next_look(after=now)
        return LONGEST_NAP if next_look is None else min(LONGEST_NAP, next_look - now)

    async def _rest(self, now: datetime) -> timedelta:
        """How long nothing may be posted."""
        stopped_until = self._invalid_answers.stopped_until(now=now)
        if stopped_until is not None:
            return stopped_until - now
        ask_at = self._delivery.standstill.until(now)
        if ask_at is not None and ask_at <= now:
            await self._delivery.standstill.look()
            ask_at = self._delivery.standstill.until(now)
        return timedelta(0) if ask_at is None else ask_at - now

    def _start_queued(self, tasks: asyncio.TaskGroup) -> None:
        for _ in range(len(self._queue)):
            if len(self._busy) - self._delivery.away >= MOST_STARTING:
                return
            plan = self._queue.popleft()
            if plan.channel_id in self._busy:
                continue  # it is still due, and comes with the next batch
            self._busy.add(plan.channel_id)
            tasks.create_task(self._process_alone(plan), name=f"autopost {plan.id}")

    async def _process_alone(self, plan: Plan) -> None:
        """Visit a plan; whatever breaks stays with it."""
        try:
            if not await contain(self._process(plan), name=f"autopost {plan.id}"):
                again = self._plans.look_again(plan.id, self._clock() + AFTER_A_BREAKDOWN)
                if not await contain(again, name=f"autopost {plan.id}"):
                    await asyncio.sleep(A_BREATH.total_seconds())
        finally:
            self._busy.discard(plan.channel_id)
            self.wake()

    async def _process(self, plan: Plan) -> None:
        """Do what is due for a plan; all refused ones together may cost only so many more refusals."""
        now, is_favoured = self._clock(), plan.request.guild_id in self._favoured
        if plan.problem is None:
            await self._step(plan)
        elif self._invalid_answers.allows_paused_plan(now=now, for_moderator=is_favoured):
            with self._invalid_answers.trying_paused_plan():
                await self._step(plan)
        else:
            pause = AFTER_A_BREAKDOWN * random.uniform(1, 2)  # noqa: S311 - jitter
            await self._plans.look_again(plan.id, now + pause)

    async def _step(self, plan: Plan) -> None:
        """Do the next step of what is due for a plan."""
        unfinished = await self._outbox.load_unfinished(plan.id)
        if unfinished is not None:
            await self._delivery.finish(plan, unfinished)
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
                if frozenset(self._available()) != at_hand:  # it came meanwhile, and may have found nobody waiting
                    await self._plans.look_again(plan.id, now)
            case schedule.NothingNew(instant):
                await self._plans.settle(plan.id, instant, result=NOTHING_NEW, now=now)
            case schedule.Missed(instant):
                missed = NOT_POSTED if plan.problem else MISSED
                await self._plans.settle(plan.id, instant, result=missed, now=now)


async def _wait(wake: asyncio.Event, pause: timedelta) -> None:
    """Wait to be woken, or for the pause to be over."""
    try:
        async with asyncio.timeout(pause.total_seconds()):
            await wake.wait()
    except TimeoutError:
        return

"""The poster: sleeps until the next plan is due, and has each due one delivered without any delaying another."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from datetime import date, timedelta

from bot.autopost import schedule
from bot.autopost.delivery import Delivery
from bot.autopost.plans import Outbox, Plan, Plans
from bot.clock import Clock, utc_now
from bot.supervise import contain

LONGEST_NAP = timedelta(minutes=1)
"""The clock is looked at this often, as it may be set."""

AFTER_A_BREAKDOWN = timedelta(minutes=10)
A_BREATH = timedelta(seconds=10)
"""How long the database is left alone when even that could not be entered."""

MOST_STARTING = 64
"""Visits that are on the way to their request; those that wait for Discord hold nobody up."""

UNTIL_THE_NEXT_START = timedelta(seconds=1)
BATCH = 500

NOTHING_NEW = "nothing new"
MISSED = "missed: it could not be posted in time"

log = logging.getLogger(__name__)


class Poster:
    """One loop over all plans; never two posts at once into one channel."""

    def __init__(
        self,
        deliver: Delivery,
        *,
        plans: Plans,
        outbox: Outbox,
        newest: Callable[[], date | None],
        clock: Clock = utc_now,
    ) -> None:
        """Have posts delivered by `deliver`; `newest` tells the `as_of` of the newest data."""
        self._delivery = deliver
        self._plans = plans
        self._outbox = outbox
        self._newest = newest
        self._clock = clock
        self._seen: date | None = None
        self._looked_at = clock()
        self._queue: deque[Plan] = deque()
        self._busy: set[int] = set()
        self._wake = asyncio.Event()

    @property
    def standstill(self) -> str | None:
        """Why all posting has stopped, in a sentence; None while it goes on."""
        return self._delivery.standstill

    def wake(self) -> None:
        """Look at what is due now, as a plan, the data or the clock has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Post what is due until posting has to stop."""
        self._queue.clear()
        self._busy.clear()
        # Zones may have changed their rules, and a backup may have been restored, since the bot ran last.
        await self._plans.look_at_all(self._clock(), waiting_only=False)
        async with asyncio.TaskGroup() as tasks:
            while self.standstill is None:
                # While the database cannot be used, what is under way goes on.
                if not await contain(self._look_around(tasks), name="autopost"):
                    await asyncio.sleep(A_BREATH.total_seconds())
        log.error("Posting has stopped: %s", self.standstill)

    async def post_now(self, plan: Plan) -> bool:
        """Post the newest data of a plan at a moderator's word; tell whether the message is there.

        It is never posted twice: what was posted already, or is being posted, stays as it is.
        """
        newest, now = self._newest(), self._clock()
        stopped = self._delivery.invalid_answers.stopped_until(now=now) is not None
        if stopped or newest is None or newest == plan.progress.posted or plan.channel_id in self._busy:
            return False
        last_instant = schedule.last_instant(plan.request.schedule, until=now)
        self._busy.add(plan.channel_id)
        try:
            return await self._delivery.begin(plan, newest, instant=last_instant, by_hand=True)
        finally:
            self._busy.discard(plan.channel_id)
            self.wake()

    async def _look_around(self, tasks: asyncio.TaskGroup) -> None:
        """Start what is due, and wait until something else may be."""
        self._wake.clear()
        pause = await self._start_due(tasks)
        await _wait(self._wake, pause)

    async def _start_due(self, tasks: asyncio.TaskGroup) -> timedelta:
        """Start as many visits as there is room for; tell how long nothing else is due."""
        now = self._clock()
        stopped_until = self._delivery.invalid_answers.stopped_until(now=now)
        if stopped_until is not None:
            return stopped_until - now
        if now < self._looked_at:  # the clock was set back: what was reckoned by it does not hold
            await self._plans.look_at_all(now, waiting_only=False)
        self._looked_at = now
        if self._newest() != self._seen:
            self._seen = self._newest()
            await self._plans.look_at_all(now, waiting_only=True)
        if not self._queue:
            due = await self._plans.load_due(now, limit=BATCH + len(self._busy))
            self._queue.extend(plan for plan in due if plan.channel_id not in self._busy)
        self._start_queued(tasks)
        if self._queue:
            return UNTIL_THE_NEXT_START
        if self._busy:
            return LONGEST_NAP  # whoever ends wakes the loop
        next_look = await self._plans.load_next_look()
        return LONGEST_NAP if next_look is None else min(LONGEST_NAP, max(timedelta(0), next_look - now))

    def _start_queued(self, tasks: asyncio.TaskGroup) -> None:
        for _ in range(len(self._queue)):
            if len(self._busy) - self._delivery.away >= MOST_STARTING:
                return
            plan = self._queue.popleft()
            if plan.channel_id in self._busy:
                continue  # it is still due, and comes with the next batch
            self._busy.add(plan.channel_id)
            tasks.create_task(self._visit_alone(plan), name=f"autopost {plan.id}")

    async def _visit_alone(self, plan: Plan) -> None:
        """Visit a plan; whatever breaks stays with it."""
        try:
            if not await contain(self._visit(plan), name=f"autopost {plan.id}"):
                again = self._plans.look_again(plan.id, self._clock() + AFTER_A_BREAKDOWN)
                if not await contain(again, name=f"autopost {plan.id}"):
                    await asyncio.sleep(A_BREATH.total_seconds())
        finally:
            self._busy.discard(plan.channel_id)
            self.wake()

    async def _visit(self, plan: Plan) -> None:
        """Do what is due for a plan, one step of it."""
        unfinished = await self._outbox.load_unfinished(plan.id)
        if unfinished is not None:
            await self._delivery.finish(plan, unfinished)
            return
        now, newest = self._clock(), self._newest()
        available = () if newest is None else (newest,)
        match schedule.due(plan.request.schedule, plan.progress, available=available, now=now):
            case schedule.Post(instant, as_of):
                await self._delivery.begin(plan, as_of, instant=instant)
            case schedule.Wait(until):
                await self._plans.look_again(plan.id, await self._delivery.next_try(plan, until))
            case schedule.WaitForData(_, until):
                await self._plans.look_again(plan.id, until, waits_for_data=True)
                if self._newest() != newest:  # it came meanwhile, and may have found nobody waiting
                    await self._plans.look_again(plan.id, now)
            case schedule.NothingNew(instant):
                await self._plans.settle(plan.id, instant, result=NOTHING_NEW, now=now)
            case schedule.Missed(instant):
                await self._plans.settle(plan.id, instant, result=MISSED, now=now)


async def _wait(wake: asyncio.Event, pause: timedelta) -> None:
    """Wait to be woken, or for the pause to be over."""
    try:
        async with asyncio.timeout(pause.total_seconds()):
            await wake.wait()
    except TimeoutError:
        return

"""A poster running in virtual time: plans in memory, a scripted Discord, and days that pass in no time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta

from bot.autopost.delivery import Delivery
from bot.autopost.outcome import NO_ANSWER, Answer
from bot.autopost.pace import Pace
from bot.autopost.plans import Plan, PlanRequest, Post
from bot.autopost.poster import Poster
from bot.autopost.schedule import Schedule
from bot.market.boards import Board, BoardKind
from bot.supervise import keep_running
from tests.autopost.fakes import FakeMessenger, FakeOutbox, FakePlans
from tests.autopost.virtual_time import virtual_clock

GUILD = 1
FIRST_DATA = date(2026, 8, 31)


class World:
    """Everything that the daily posts need, under a test's control."""

    def __init__(self) -> None:
        """Start with yesterday's data and no plan."""
        self.newest: date | None = FIRST_DATA
        self.archived: set[date] = set()
        """Earlier days whose data is available too."""
        self.set_back = timedelta(0)
        self.lost = NO_ANSWER
        self.plans = FakePlans()
        self.outbox = FakeOutbox(self.plans)
        self.messenger = FakeMessenger(self.clock, self.available)
        self.delivery: Delivery
        self.poster: Poster

    def clock(self) -> datetime:
        """The present by the poster's clock."""
        return virtual_clock() - self.set_back

    def available(self) -> set[date]:
        """The days whose data is available."""
        return self.archived | (set() if self.newest is None else {self.newest})

    async def plan(self, at: time | None = time(13), *, channel: int = 1, **rest: object) -> Plan:
        """Add a plan; each channel belongs to its own server."""
        board = rest.pop("board", Board(BoardKind.OVERVIEW))
        request = PlanRequest(
            guild_id=GUILD + channel,
            channel_id=channel,
            board=board,  # type: ignore[arg-type]  # a board
            schedule=Schedule(at),
            **rest,  # type: ignore[arg-type]  # of a request, by name
        )
        return await self.plans.add(request, now=self.clock())

    def accepting_without_answer(self, post: Post, attempt: int) -> Answer | None:
        """A script that accepts the first attempt at a post, but answers with `lost`."""
        if attempt > 1:
            return None
        self.messenger.take(post)
        return self.lost

    def open_autoposts(self) -> None:
        """Make a new poster, as a new process does."""
        self.delivery = Delivery(self.messenger, pace=Pace(), plans=self.plans, outbox=self.outbox, clock=self.clock)
        self.messenger.note = lambda status: self.delivery.invalid_answers.note(status, now=self.clock())
        self.delivery._leases._monotonic = asyncio.get_running_loop().time
        self.poster = Poster(
            self.delivery,
            plans=self.plans,
            outbox=self.outbox,
            available=self.available,
            clock=self.clock,
        )

    @asynccontextmanager
    async def posting(self) -> AsyncIterator[None]:
        """Run a new process while the block runs."""
        self.open_autoposts()
        running = asyncio.create_task(keep_running(self.poster.run, name="poster"))
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def pass_days(self, days: int) -> None:
        """Let days pass; new data arrives 20 minutes after each midnight."""
        for _ in range(days):
            now = self.clock()
            midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
            await self.until(midnight + timedelta(minutes=20))
            self.archived = self.available()
            self.newest = midnight.date() - timedelta(days=1)
            await self.until(midnight + (now - midnight) % timedelta(days=1))

    async def until(self, instant: datetime) -> None:
        """Sleep until an instant."""
        await asyncio.sleep((instant - self.clock()).total_seconds())

    async def after(self, **duration: float) -> None:
        """Sleep for a duration."""
        await asyncio.sleep(timedelta(**duration).total_seconds())

    async def current(self, plan: Plan) -> Plan:
        """The plan as it is now."""
        return self.plans.kept[plan.id].plan

    @property
    def posted_at(self) -> list[datetime]:
        """When messages were sent, to the second."""
        return [message.at.replace(microsecond=0) for message in self.messenger.messages]

"""A poster at work in virtual time: plans in memory, a Discord by script, and days that pass at once."""

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
    """All that the daily posts need, in a test's hand."""

    def __init__(self) -> None:
        """Have data of yesterday, and no plan."""
        self.newest: date | None = FIRST_DATA
        self.archived: set[date] = set()
        """The days before the newest that are at hand too."""
        self.set_back = timedelta(0)
        self.lost = NO_ANSWER
        self.plans = FakePlans()
        self.outbox = FakeOutbox(self.plans)
        self.messenger = FakeMessenger(self.clock, self.available)
        self.delivery: Delivery
        self.poster: Poster

    def clock(self) -> datetime:
        """Tell the present."""
        return virtual_clock() - self.set_back

    def available(self) -> set[date]:
        """Tell which days' data is at hand."""
        return self.archived | (set() if self.newest is None else {self.newest})

    async def plan(self, at: time | None = time(13), *, channel: int = 1, **rest: object) -> Plan:
        """Plan a post; each channel has a server of its own."""
        board = rest.pop("board", Board(BoardKind.OVERVIEW))
        request = PlanRequest(
            guild_id=GUILD + channel,
            channel_id=channel,
            board=board,  # type: ignore[arg-type]  # a board
            schedule=Schedule(at),
            **rest,  # type: ignore[arg-type]  # of a request, by name
        )
        return await self.plans.add(request, now=self.clock())

    def taking_and_losing_the_first(self, post: Post, attempt: int) -> Answer | None:
        """Take the first attempt at a post, and give no answer that would say so."""
        if attempt > 1:
            return None
        self.messenger.take(post)
        return self.lost

    def open_autoposts(self) -> None:
        """Make the poster of a new process."""
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
        """Run a new process for as long as the block lasts."""
        self.open_autoposts()
        running = asyncio.create_task(keep_running(self.poster.run, name="poster"))
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def pass_days(self, days: int) -> None:
        """Let so many days pass; new data is there 20 minutes after each midnight."""
        for _ in range(days):
            now = self.clock()
            midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
            await self.until(midnight + timedelta(minutes=20))
            self.archived = self.available()
            self.newest = midnight.date() - timedelta(days=1)
            await self.until(midnight + (now - midnight) % timedelta(days=1))

    async def until(self, instant: datetime) -> None:
        """Let time pass until an instant."""
        await asyncio.sleep((instant - self.clock()).total_seconds())

    async def after(self, **duration: float) -> None:
        """Let so much time pass."""
        await asyncio.sleep(timedelta(**duration).total_seconds())

    async def now_is(self, plan: Plan) -> Plan:
        """The plan as it is by now."""
        return self.plans.kept[plan.id].plan

    @property
    def posted_at(self) -> list[datetime]:
        """When messages came, to the second."""
        return [message.at.replace(microsecond=0) for message in self.messenger.messages]

"""A sandbox: a stand-in for Discord, a database with a plan for each channel, and the bot, to be started many times."""

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it has no types
import discord

from bot.autopost.plans import PlanRequest
from bot.autopost.schedule import Schedule, next_instant
from bot.market.boards import Board
from bot.market.models import Snapshot
from bot.market.past import WINDOW
from bot.operations.sample import NEWER_PATH, PATH
from bot.presentation.controls import category_menu_id
from bot.storage.archive import SnapshotArchive
from bot.storage.database import open_database
from bot.storage.plan_store import PlanStore
from tests.wire.bell import PATIENCE
from tests.wire.channels import ANNOUNCEMENTS
from tests.wire.discord import DiscordStandIn
from tests.wire.openrouter import OpenRouterStandIn
from tests.wire.process import BotProcess
from tests.wire.starting import fork
from tests.wire.values import Channel, Message
from tests.wire.world import EVERYDAY

LAUNCH = Path(__file__).with_name("launch.py")
NOON = datetime(2026, 9, 2, 12, tzinfo=UTC)
YESTERDAY = NOON - timedelta(days=1)
AS_OF = YESTERDAY.date()
EARLIER = AS_OF - timedelta(days=7)


def _dated(path: Path, day: date) -> bytes:
    """A real answer with another date."""
    body = path.read_bytes()
    return body.replace(f'"as_of":"{path.stem[-10:]}"'.encode(), f'"as_of":"{day}"'.encode())


EARLIER_BODY, BODY = _dated(PATH, EARLIER), _dated(NEWER_PATH, AS_OF)
WITHOUT_HISTORY = EVERYDAY & ~discord.Permissions(read_message_history=True).value

JUST_NOW = Schedule(wall_time(12))
"""Due when the scenario begins: the bot has no reason to think that somebody has posted already."""

LONG_AGO = Schedule(None)
"""Due before the bot was started: it first searches the channel for an earlier post."""

IN_TWO_HOURS = Schedule(wall_time(14))

POST_ROWS = """
SELECT plan_id, posts.state, attempts, message_id, plans.result_code, plans.problem_code
FROM posts JOIN plans ON plans.id = plan_id WHERE as_of = '2026-09-01'
"""


class Clocks:
    """Discord's clock, which starts at noon, and the error of the bot's clock."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._real_noon = time.time()
        self._passed = timedelta()
        self._monotonic = 0.0
        self._error = timedelta()
        self._write()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=time.time() - self._real_noon) + self._passed

    def bot_now(self) -> datetime:
        """The time by the bot's clock (aware UTC)."""
        return self() + self._error

    def advance(self, span: timedelta) -> None:
        """Move all clocks forward; a running process notices."""
        self._passed += span
        self._monotonic += span.total_seconds()
        self._write()

    def set_error(self, error: timedelta) -> None:
        """Set how far the bot's clock is off; Discord's clock stays right."""
        self._error = error
        self._write()

    def _write(self) -> None:
        shift = (NOON + self._passed + self._error).timestamp() - self._real_noon
        new = self._file.with_suffix(".new")
        new.write_text(f"{shift} {self._monotonic}", encoding="ascii")
        new.replace(self._file)


@dataclass(frozen=True)
class ChannelPlan:
    """A plan, its channel, and what was asked for."""

    id: int
    channel: Channel
    request: PlanRequest


@dataclass(frozen=True)
class PostRow:
    """What the database says about a plan's post."""

    state: str
    attempts: int
    message_id: int | None
    result: str | None
    problem: str | None


@dataclass
class Sandbox:
    """Everything that a scenario needs; `bot` makes a process of the bot."""

    directory: Path
    clock: Clocks
    discord: DiscordStandIn
    openrouter: OpenRouterStandIn
    url: str
    plans: list[ChannelPlan] = field(default_factory=list)
    deleted: list[Message] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    crashes: int = 0

    @property
    def file(self) -> Path:
        """The database file, if the database is SQLite."""
        return self.directory / "data" / "rankings.db"

    async def add_plans(
        self,
        total: int,
        *,
        schedule: Schedule = JUST_NOW,
        permissions: int = EVERYDAY,
        board: str = "overview",
        publish: bool = False,
    ) -> Sequence[ChannelPlan]:
        """Add channels with one plan each, made yesterday; `publish` makes them announcement channels."""
        parsed = Board.parse(board)
        guild = self.discord.world.add_guild()
        kind = ANNOUNCEMENTS if publish else 0
        channels = [self.discord.world.add_channel(guild, kind, permissions=permissions) for _ in range(total)]
        added = []
        async with open_database(self.url) as database:
            plans = PlanStore(database)
            for channel in channels:
                request = PlanRequest(
                    guild_id=guild.id, channel_id=channel.id, board=parsed, schedule=schedule, publish=publish
                )
                plan = await plans.add(request, now=YESTERDAY)
                added.append(ChannelPlan(plan.id, channel, request))
        self.plans.extend(added)
        return added

    def bot(self, *, crash: str | None = None, **environment: str) -> BotProcess:
        """Make a process of the bot; `crash` says at which commit it kills itself, such as `before 3`."""
        given = {
            "FAULTS_CLOCK": str(self.directory / "clock"),
            "OPENROUTER_API_KEY": "the-key-of-this-test",
            "OPENROUTER_BASE_URL": self.openrouter.base_url,
            "DATABASE_URL": self.url,
            **({"FAULTS_CRASH": crash} if crash else {}),
            **environment,
        }
        return BotProcess(
            discord=self.discord,
            directory=self.directory,
            environment=given,
            launcher=LAUNCH,
            start=fork,
            bell=self.discord.bell,
        )

    async def load_posts(self) -> dict[int, PostRow]:
        """The posts of the day by the id of their plan."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.file)) as file:
                rows = file.execute(POST_ROWS).fetchall()
        else:
            server = await asyncpg.connect(self.url)
            rows = [tuple(row) for row in await server.fetch(POST_ROWS)]
            await server.close()
        return {row[0]: PostRow(*row[1:]) for row in rows}

    def posts_of(self, plan: ChannelPlan) -> list[Message]:
        """All posts of a plan that were ever in its channel, including deleted ones."""
        shown = [*self.discord.messages.in_channel(plan.channel), *self.deleted]
        menu, citation = category_menu_id(plan.request.board), f"as of {AS_OF}."
        return [
            one
            for one in shown
            if one.channel_id == plan.channel.id
            and one.author_id == self.discord.world.bot.id
            and any(menu == item.get("custom_id") for row in one.components for item in row["components"])
            and any(citation in embed["footer"]["text"] for embed in one.embeds)
        ]

    def note_exit(self, process: BotProcess) -> None:
        """Count a process that was killed; complain about any other exit code than 0."""
        if process.returncode == -signal.SIGKILL:
            self.crashes += 1
        elif process.returncode != 0:
            self.complaints.append(f"a process ended with {process.returncode}: {process.stderr[-2000:]}")

    def may_read(self, plan: ChannelPlan) -> bool:
        """Whether the bot may read the channel's history."""
        return self.discord.world.may(self.discord.world.bot, plan.channel, "read_message_history")

    def delete(self, message: Message) -> None:
        """Delete a message, as a moderator does."""
        self.deleted.append(message)
        self.discord.messages.delete(message)

    async def wait_settled(self, *processes: BotProcess, within: float = PATIENCE) -> None:
        """Wait until every post that is due by the bot's clock is finished, or until the last process has ended."""
        async with asyncio.timeout(within):
            for process in processes:
                with contextlib.suppress(EOFError):
                    await process.wait_for_line("Ready as")
            while not await self._is_settled():
                if not any(process.is_running for process in processes):
                    return
                await self.discord.bell.until(_news_of(processes), within=within, what="a commit")

    async def _is_settled(self) -> bool:
        posts = await self.load_posts()
        now = self.clock.bot_now()
        due = [plan for plan in self.plans if next_instant(plan.request.schedule, after=YESTERDAY) <= now]
        known = (posts.get(plan.id) for plan in due)
        return all(post is not None and post.state != "claimed" for post in known)


def _news_of(processes: Sequence[BotProcess]) -> Callable[[], bool | None]:
    """A condition that holds once a process has printed another line, or has ended."""

    def state() -> list[tuple[int, bool]]:
        return [(len(process.stdout), process.is_running) for process in processes]

    before = state()
    return lambda: state() != before or None


@asynccontextmanager
async def open_sandbox(directory: Path, *, url: str | None = None) -> AsyncIterator[Sandbox]:
    """Open a sandbox at noon, with today's data, and that of a week before, in the archive."""
    (directory / "data").mkdir(parents=True)
    clocks = Clocks(directory / "clock")
    url = url or f"sqlite:///{directory}/data/rankings.db"
    async with open_database(url) as database:
        for body in (EARLIER_BODY, BODY):
            await SnapshotArchive(database).save_snapshot(Snapshot.parse(body, fetched_at=NOON), WINDOW)
    async with DiscordStandIn(now=clocks) as discord_, OpenRouterStandIn(BODY) as openrouter:
        yield Sandbox(directory, clocks, discord_, openrouter, url)
        assert [] == discord_.unknown_requests + openrouter.unknown_requests
        assert [] == openrouter.requests

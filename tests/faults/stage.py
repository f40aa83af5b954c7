"""The stage: a Discord with channels, a database with a plan for each, and the bot to be started on it again and again."""

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it has no types
import discord

from bot.autopost.plans import PlanRequest
from bot.autopost.schedule import Schedule, next_instant
from bot.market.boards import Board
from bot.market.models import Snapshot
from bot.market.service import WINDOW
from bot.operations.sample import PATH
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
BODY = PATH.read_bytes().replace(b'"as_of":"2026-08-31"', f'"as_of":"{AS_OF}"'.encode())
WITHOUT_HISTORY = EVERYDAY & ~discord.Permissions(read_message_history=True).value

JUST_NOW = Schedule(wall_time(12))
"""Due as the play begins: the bot has no reason to doubt that nobody posted yet."""

LONG_AGO = Schedule(None)
"""Due before the bot was started: it looks first whether somebody posted already."""

IN_TWO_HOURS = Schedule(wall_time(14))

ENTRIES = """
SELECT plan_id, posts.state, attempts, message_id, plans.result_code, plans.problem_code
FROM posts JOIN plans ON plans.id = plan_id WHERE as_of = '2026-09-01'
"""


class Time:
    """Discord's time, which begins at noon, and how wrong the bot's clock is."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._real_noon = time.time()
        self._passed = timedelta()
        self._monotonic = 0.0
        self._error = timedelta()
        self._write()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=time.time() - self._real_noon) + self._passed

    def of_the_bot(self) -> datetime:
        """What the bot takes it for."""
        return self() + self._error

    def let_pass(self, span: timedelta) -> None:
        """Time passes for everybody; a process that runs notices."""
        self._passed += span
        self._monotonic += span.total_seconds()
        self._write()

    def be_wrong_by(self, error: timedelta) -> None:
        """The bot's clock jumps; Discord's goes on."""
        self._error = error
        self._write()

    def _write(self) -> None:
        shift = (NOON + self._passed + self._error).timestamp() - self._real_noon
        new = self._file.with_suffix(".new")
        new.write_text(f"{shift} {self._monotonic}", encoding="ascii")
        new.replace(self._file)


@dataclass(frozen=True)
class Part:
    """A plan: where it posts what."""

    plan_id: int
    channel: Channel
    request: PlanRequest


@dataclass(frozen=True)
class Entry:
    """What the database says of the post of a plan."""

    state: str
    attempts: int
    message_id: int | None
    result: str | None
    problem: str | None


@dataclass
class Stage:
    """All that a play needs; the bot is started on it with `bot`."""

    directory: Path
    time: Time
    discord: DiscordStandIn
    openrouter: OpenRouterStandIn
    url: str
    parts: list[Part] = field(default_factory=list)
    deleted: list[Message] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    crashes: int = 0

    @property
    def file(self) -> Path:
        """The database, if it is a file."""
        return self.directory / "data" / "rankings.db"

    async def add_parts(
        self,
        total: int,
        *,
        schedule: Schedule = JUST_NOW,
        permissions: int = EVERYDAY,
        board: str = "overview",
        publish: bool = False,
    ) -> Sequence[Part]:
        """That many new channels with a plan each, made yesterday; what is to be published needs announcements."""
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
                added.append(Part(plan.id, channel, request))
        self.parts.extend(added)
        return added

    def bot(self, *, death: str | None = None, **environment: str) -> BotProcess:
        """A process of the bot."""
        given = {
            "FAULTS_CLOCK": str(self.directory / "clock"),
            "OPENROUTER_API_KEY": "the-key-of-this-test",
            "OPENROUTER_BASE_URL": self.openrouter.base_url,
            "DATABASE_URL": self.url,
            **({"FAULTS_DEATH": death} if death else {}),
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

    async def entries(self) -> dict[int, Entry]:
        """What the database says, by plan."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.file)) as file:
                rows = file.execute(ENTRIES).fetchall()
        else:
            server = await asyncpg.connect(self.url)
            rows = [tuple(row) for row in await server.fetch(ENTRIES)]
            await server.close()
        return {row[0]: Entry(*row[1:]) for row in rows}

    def posts_of(self, part: Part) -> list[Message]:
        """The posts of a plan that were ever in its channel, deleted ones too."""
        shown = [*self.discord.messages.in_channel(part.channel), *self.deleted]
        menu, citation = f"board:category:{part.request.board}", f"as of {AS_OF}."
        return [
            one
            for one in shown
            if one.channel_id == part.channel.id
            and one.author_id == self.discord.world.bot.id
            and any(menu == item.get("custom_id") for row in one.components for item in row["components"])
            and any(citation in embed["footer"]["text"] for embed in one.embeds)
        ]

    def note_end(self, process: BotProcess) -> None:
        """Count a process that was killed, and complain of one that ended by itself and not well."""
        if process.returncode == -signal.SIGKILL:
            self.crashes += 1
        elif process.returncode != 0:
            self.complaints.append(f"a process ended with {process.returncode}: {process.stderr[-2000:]}")

    def may_read(self, part: Part) -> bool:
        """Whether the channel's history is open to the bot."""
        return self.discord.world.may(self.discord.world.bot, part.channel, "read_message_history")

    def delete(self, message: Message) -> None:
        """A moderator takes a message away."""
        self.deleted.append(message)
        self.discord.messages.delete(message)

    async def settle(self, *processes: BotProcess, within: float = PATIENCE) -> None:
        """Wait until what became of each post that is due by the bot's clock is known, or the last process ended."""
        async with asyncio.timeout(within):
            for process in processes:
                with contextlib.suppress(EOFError):
                    await process.wait_for_line("Ready as")
            while not await self._is_settled():
                if not any(process.is_running for process in processes):
                    return
                await self.discord.bell.until(_news_of(processes), within=within, what="a commit")

    async def _is_settled(self) -> bool:
        entries = await self.entries()
        now = self.time.of_the_bot()
        due = [part for part in self.parts if next_instant(part.request.schedule, after=YESTERDAY) <= now]
        known = (entries.get(part.plan_id) for part in due)
        return all(entry is not None and entry.state != "claimed" for entry in known)


def _news_of(processes: Sequence[BotProcess]) -> Callable[[], bool | None]:
    """Tell when a process has said something more, or ended."""

    def state() -> list[tuple[int, bool]]:
        return [(len(process.stdout), process.is_running) for process in processes]

    before = state()
    return lambda: state() != before or None


@asynccontextmanager
async def open_stage(directory: Path, *, url: str | None = None) -> AsyncIterator[Stage]:
    """A stage at noon, with today's data in the archive."""
    (directory / "data").mkdir(parents=True)
    time_ = Time(directory / "clock")
    url = url or f"sqlite:///{directory}/data/rankings.db"
    async with open_database(url) as database:
        await SnapshotArchive(database).save_snapshot(Snapshot.parse(BODY, fetched_at=NOON), WINDOW)
    async with DiscordStandIn(now=time_) as discord_, OpenRouterStandIn(BODY) as openrouter:
        yield Stage(directory, time_, discord_, openrouter, url)
        assert [] == discord_.unknown_requests + openrouter.unknown_requests
        assert [] == openrouter.requests

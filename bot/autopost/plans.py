"""A plan (what is posted where and when) and a post (one delivery of it), as values."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.autopost.remarks import Problem, Result, Unreadable
from bot.autopost.schedule import Progress, Schedule
from bot.autopost.setbacks import NO_SETBACKS, Setbacks
from bot.autopost.transitions import PlanState, PostEvent, PostState
from bot.market.boards import Board

MOST_PLANS = 25
"""A server's plans; as many as one autocomplete shows."""

NONCE_LENGTH = 24


@dataclass(frozen=True, kw_only=True)
class PostContent:
    """Where a post goes, and what comes with it."""

    guild_id: int
    channel_id: int
    board: Board
    mention_role_id: int | None = None
    silent: bool = False
    publish: bool = False


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """What a moderator asks for."""

    guild_id: int
    channel_id: int
    board: Board
    schedule: Schedule
    mention_role_id: int | None = None
    silent: bool = False
    publish: bool = False

    @property
    def content(self) -> PostContent:
        """What a post that is claimed now will keep, whatever becomes of the plan."""
        return PostContent(
            guild_id=self.guild_id,
            channel_id=self.channel_id,
            board=self.board,
            mention_role_id=self.mention_role_id,
            silent=self.silent,
            publish=self.publish,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A request with its progress; instants are aware UTC."""

    id: int
    request: PlanRequest
    state: PlanState
    progress: Progress
    problem: Problem | None = None
    setbacks: Setbacks = NO_SETBACKS
    last_result: Result | None = None
    last_message_id: int | None = None

    @property
    def channel_id(self) -> int:
        """Where it posts."""
        return self.request.channel_id


@dataclass(frozen=True, kw_only=True)
class UnreadablePlan:
    """A plan that this version cannot carry out; it is left as it is, for the version that can."""

    id: int
    channel_id: int
    board: str
    """As it is stored."""
    why: Unreadable


@dataclass(frozen=True, kw_only=True)
class ScheduleBasis:
    """What the stored times of the next looks at plans were computed from."""

    zone_rules: str
    """The version of the time zone database."""
    clock: datetime
    """The latest time that was seen (aware UTC)."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """One delivery of a plan: at most one for each `as_of`. Instants are aware UTC."""

    id: int
    plan_id: int
    content: PostContent
    """As it was when the post was claimed; the plan may have been changed since."""
    as_of: date
    instant: datetime
    closes_at: datetime
    """When it is too late to send it."""
    nonce: str
    """Every attempt carries it, and so does the message."""
    state: PostState
    attempts: int
    first_claimed_at: datetime
    claimed_at: datetime
    attempted_at: datetime
    message_id: int | None = None
    """Of the message that is there."""
    result: Result | None = None
    """What became of it."""

    @property
    def channel_id(self) -> int:
        """Where it goes."""
        return self.content.channel_id


def nonce_of(plan: Plan, as_of: date) -> str:
    """The nonce that every attempt at a post carries; Discord remembers it for a few minutes."""
    named = f"{plan.id}:{plan.channel_id}:{as_of.isoformat()}"
    return hashlib.sha256(named.encode()).hexdigest()[:NONCE_LENGTH]


class Plans(Protocol):
    """Who keeps the plans; every look-up by a moderator names the server, so that no other's is reached."""

    async def add(self, request: PlanRequest, *, now: datetime) -> Plan:
        """Keep a new plan; raise PlanError if there are too many or the same one is there."""

    async def load(self, plan_id: int) -> Plan | None:
        """Load one plan; none if it is gone."""

    async def load_guild(self, guild_id: int) -> Sequence[Plan]:
        """Load a server's plans, oldest first."""

    async def load_unreadable(self, guild_id: int) -> Sequence[UnreadablePlan]:
        """Load those of a server's plans that this version cannot carry out."""

    async def remove(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Forget a plan, but for what it has posted lately; tell whether the server had it."""

    async def pause(self, plan_id: int, *, guild_id: int) -> bool:
        """Let a plan rest; tell whether the server has it."""

    async def resume(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Let a plan post again, from `now` on, also one that has ended; tell whether the server has it.

        Raise PlanError if an ended one has been replaced, or there are too many without it.
        """

    async def load_due(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        """Load the active plans to look at by now, the longest due first."""

    async def load_next_look(self, *, after: datetime | None = None) -> datetime | None:
        """Tell when the next active plan is to be looked at, or the next one after an instant (aware UTC)."""

    async def look_at_all(self, now: datetime, *, waiting_only: bool) -> None:
        """Look at all active plans now, or at those that wait for data."""

    async def look_again(self, plan_id: int, at: datetime, *, waits_for_data: bool = False) -> None:
        """Look at a plan again at an instant (aware UTC)."""

    async def look_at_refused(self, guild_id: int, now: datetime) -> None:
        """Look now at those of a server's plans that Discord refused ten seconds ago or earlier."""

    async def load_schedule_basis(self) -> ScheduleBasis | None:
        """Load what the next looks were computed from."""

    async def save_schedule_basis(self, basis: ScheduleBasis) -> None:
        """Keep what the next looks are computed from."""

    async def forget_old(self, now: datetime) -> None:
        """Forget the plans that ended 30 days ago, and what removed plans posted 3 days ago."""

    async def settle(self, plan_id: int, instant: datetime, *, result: Result, now: datetime) -> None:
        """Close an instant (aware UTC) that brought no post."""

    async def end(self, plan_id: int, *, problem: Problem, now: datetime) -> None:
        """Let a plan post no more."""

    async def report(
        self, plan_id: int, problem: Problem, *, setbacks: Setbacks, now: datetime, look_at: datetime
    ) -> None:
        """Keep what hinders a plan since `now`, and when to try again (both aware UTC)."""

    async def clear(self, plan_id: int) -> None:
        """Forget what hindered a plan."""


class Outbox(Protocol):
    """Who keeps the posts."""

    async def claim(
        self, plan: Plan, as_of: date, *, instant: datetime, now: datetime, by_hand: bool = False
    ) -> Post | None:
        """Write a post before it is sent; None if another process has it."""

    async def take_over(self, post: Post, *, now: datetime) -> Post | None:
        """Enter one more attempt at a post; None if another process was faster."""

    async def note_message(self, post: Post, *, message_id: int) -> None:
        """Enter which message a post is, while there is still something to do for it."""

    async def mark_sent(self, post: Post, *, message_id: int | None, now: datetime, result: Result) -> None:
        """Enter that a post is in its channel, and whether it is published as it should be."""

    async def mark(self, post: Post, event: PostEvent, *, result: Result | None = None) -> None:
        """Enter what happened to a post, unless another process has entered something since."""

    async def load_unfinished(self, plan_id: int) -> Post | None:
        """Load the post of a plan of which it is not known what became of it."""

    async def load_unsure_days(self, plan_id: int) -> Collection[date]:
        """Load the days (`as_of`) of a plan whose posts a moderator has to settle."""

"""A plan (what is posted where and when) and a post (one delivery of a plan), as values, and the stores' protocols."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.autopost.codes import Problem, Result, Unreadable
from bot.autopost.schedule import Progress, Schedule
from bot.autopost.setbacks import NO_SETBACKS, Setbacks
from bot.autopost.transitions import PlanState, PostEvent, PostState
from bot.market.boards import Board

MOST_PLANS = 25
"""How many plans a server may have: as many as one autocomplete shows."""

NONCE_LENGTH = 24


@dataclass(frozen=True, kw_only=True)
class PostContent:
    """What is posted where: channel, board, mention and flags."""

    guild_id: int
    channel_id: int
    board: Board
    mention_role_id: int | None = None
    silent: bool = False
    publish: bool = False


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """What a moderator asked for."""

    guild_id: int
    channel_id: int
    board: Board
    schedule: Schedule
    mention_role_id: int | None = None
    silent: bool = False
    publish: bool = False

    @property
    def content(self) -> PostContent:
        """What a post that is claimed now keeps, even if the plan changes later."""
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
    last_channel_id: int | None = None
    """Where the last message is; the plan may have moved since."""

    @property
    def channel_id(self) -> int:
        """The channel that it posts to."""
        return self.request.channel_id


@dataclass(frozen=True, kw_only=True)
class UnreadablePlan:
    """A stored plan that this version cannot read; it is left unchanged for the version that can."""

    id: int
    channel_id: int
    board: str
    """The stored text."""
    why: Unreadable


@dataclass(frozen=True, kw_only=True)
class ScheduleBasis:
    """What the stored `look_at` times of plans were computed from."""

    zone_rules: str
    """The version of the time zone database."""
    clock: datetime
    """The bot's clock when this was last saved (aware UTC)."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """One delivery of a plan, at most one for each `as_of`; instants are aware UTC."""

    id: int
    plan_id: int
    content: PostContent
    """The content when the post was claimed; the plan may have changed since."""
    as_of: date
    instant: datetime
    closes_at: datetime
    """From when it is too late to send it."""
    nonce: str
    """Sent with every attempt, and part of the message (in a button's `custom_id`)."""
    state: PostState
    attempts: int
    first_claimed_at: datetime
    claimed_at: datetime
    attempted_at: datetime
    message_id: int | None = None
    """The id of the message in the channel, once it is known."""
    result: Result | None = None
    """The result, once it is known."""

    @property
    def channel_id(self) -> int:
        """The channel that it goes to."""
        return self.content.channel_id


def nonce_of(plan: Plan, as_of: date) -> str:
    """The nonce of every attempt at a post: the same for the same plan, channel and `as_of`."""
    named = f"{plan.id}:{plan.channel_id}:{as_of.isoformat()}"
    return hashlib.sha256(named.encode()).hexdigest()[:NONCE_LENGTH]


class Plans(Protocol):
    """The store of plans. Methods for moderators take the server's id, so that no other server's plan can be reached."""

    async def add(self, request: PlanRequest, *, now: datetime) -> Plan:
        """Add a plan; raise PlanError if the server has too many, or one for the same board and channel."""

    async def load(self, plan_id: int) -> Plan | None:
        """Load a plan; return None if it is gone."""

    async def load_guild(self, guild_id: int) -> Sequence[Plan]:
        """Load a server's plans, oldest first."""

    async def load_unreadable(self, guild_id: int) -> Sequence[UnreadablePlan]:
        """Load a server's plans that this version cannot read."""

    async def remove(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Delete a plan, but remember what it has posted lately; return whether the server had it."""

    async def pause(self, plan_id: int, *, guild_id: int) -> bool:
        """Pause a plan; return False if the server does not have it or it has ended."""

    async def resume(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Let a paused or ended plan post again, from `now` on (aware UTC); return whether the server has it.

        Raise PlanError if an ended plan has been replaced, or if the server has too many other plans.
        """

    async def load_due(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        """Load the active plans whose next look is due at `now` (aware UTC), longest due first, at most `limit`.

        Plans that are due at the same instant are ordered by board.
        """

    async def load_next_look(self, *, after: datetime | None = None) -> datetime | None:
        """Load when the next look at an active plan is due, or the first one after an instant (aware UTC)."""

    async def look_at_all(self, now: datetime, *, waiting_only: bool) -> None:
        """Make the next look at all active plans due at `now`, or only at those that wait for data."""

    async def look_again(self, plan_id: int, at: datetime, *, waits_for_data: bool = False) -> None:
        """Schedule the next look at a plan (aware UTC); with `waits_for_data`, new data brings it forward."""

    async def look_at_refused(self, guild_id: int, now: datetime) -> None:
        """Make the next look due at `now` for a server's plans that Discord refused at least ten seconds ago."""

    async def load_schedule_basis(self) -> ScheduleBasis | None:
        """Load what the next looks were computed from; None if nothing was saved yet."""

    async def save_schedule_basis(self, basis: ScheduleBasis) -> None:
        """Save what the next looks are computed from."""

    async def forget_old(self, now: datetime) -> None:
        """Delete plans that ended over 30 days ago, and the posts of plans that were removed over 3 days ago."""

    async def settle(self, plan_id: int, instant: datetime, *, result: Result, now: datetime) -> None:
        """Finish an instant (aware UTC) without a post, unless a newer one is finished already."""

    async def end(self, plan_id: int, *, problem: Problem, now: datetime) -> None:
        """End a plan: it stops posting, and is kept for 30 days."""

    async def report(
        self, plan_id: int, problem: Problem, *, setbacks: Setbacks, now: datetime, look_at: datetime
    ) -> None:
        """Save the problem of a plan that was refused at `now`, and when to try again (both aware UTC)."""

    async def clear(self, plan_id: int) -> None:
        """Clear a plan's problem and setbacks."""


class Outbox(Protocol):
    """The store of posts."""

    async def claim(
        self, plan: Plan, as_of: date, *, instant: datetime, now: datetime, by_hand: bool = False
    ) -> Post | None:
        """Write a post before it is sent; return None if the plan may not post or the post is taken already."""

    async def take_over(self, post: Post, *, now: datetime) -> Post | None:
        """Store one more attempt at a post; return None if another process was faster."""

    async def note_message(self, post: Post, *, message_id: int) -> None:
        """Store the message of a post that is not finished yet, as it is still to be published."""

    async def mark_sent(self, post: Post, *, message_id: int | None, now: datetime, result: Result) -> None:
        """Store that a post is in its channel, and finish its plan's instant; without a known message, pass None."""

    async def mark(self, post: Post, event: PostEvent, *, result: Result | None = None) -> None:
        """Store what happened to a post, unless another process has stored something since."""

    async def load_unfinished(self, plan_id: int) -> Post | None:
        """Load the plan's post whose outcome is unknown, the oldest if there are several."""

    async def load_unsure_days(self, plan_id: int) -> Collection[date]:
        """Load the days (`as_of`) of a plan's unsure posts, which a moderator has to decide on."""

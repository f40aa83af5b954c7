"""Stores of plans and posts in memory, which pass the real stores' tests, and a Discord that answers as scripted."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from bot.autopost.codes import Problem, Result
from bot.autopost.messenger import NotThere, SearchResult
from bot.autopost.outcome import Answer, Place
from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, Post, PostContent, ScheduleBasis, UnreadablePlan, nonce_of
from bot.autopost.schedule import Progress, closes_at
from bot.autopost.setbacks import Setbacks
from bot.autopost.transitions import PLANS, POSTS, PlanEvent, PlanState, PostEvent, PostState
from bot.errors import ErrorCode, PlanError

ENDED_KEPT_FOR = timedelta(days=30)
REMOVED_POSTS_KEPT_FOR = timedelta(days=3)


@dataclass
class Kept:
    """A plan with the columns that only its store knows."""

    plan: Plan
    look_at: datetime
    waits_for_data: bool = False
    ended_at: datetime | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True)
class RemovedPost:
    """A post of a removed plan."""

    channel_id: int
    board: str
    as_of: date
    removed_at: datetime


def _order(one: Kept) -> tuple[datetime, str, int]:
    return one.look_at, str(one.plan.request.board), one.plan.id


class FakePlans:
    """A store of plans in memory."""

    def __init__(self) -> None:
        """Start empty."""
        self.kept: dict[int, Kept] = {}
        self.posts: list[Post] = []
        """The posts in the outbox."""
        self.looks: list[tuple[int, datetime]] = []
        self.basis: ScheduleBasis | None = None
        self.removed: list[RemovedPost] = []
        self._ids = count(1)

    async def add(self, request: PlanRequest, *, now: datetime) -> Plan:
        self._refuse_if_full(request)
        lately = now - REMOVED_POSTS_KEPT_FOR
        place = (request.channel_id, str(request.board))
        posted = [one.as_of for one in self.removed if (one.channel_id, one.board) == place and one.removed_at > lately]
        ended = [one for one in self._of(request.guild_id) if (one.channel_id, str(one.request.board)) == place]
        posted += [one.progress.posted for one in ended if one.progress.posted]
        progress = Progress(since=now.astimezone(UTC), posted=max(posted, default=None))
        plan = Plan(id=next(self._ids), request=request, state=PlanState.ACTIVE, progress=progress)
        self.kept[plan.id] = Kept(plan, look_at=now)
        return plan

    async def load(self, plan_id: int) -> Plan | None:
        return self.kept[plan_id].plan if plan_id in self.kept else None

    async def load_guild(self, guild_id: int) -> Sequence[Plan]:
        return self._of(guild_id)

    async def load_unreadable(self, guild_id: int) -> Sequence[UnreadablePlan]:
        return []

    async def remove(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        if not self._owned(plan_id, guild_id):
            return False
        request = self.kept.pop(plan_id).plan.request
        for post in self.posts:
            if post.plan_id == plan_id and post.state is not PostState.FAILED:
                self.removed.append(RemovedPost(request.channel_id, str(request.board), post.as_of, now))
        return True

    async def pause(self, plan_id: int, *, guild_id: int) -> bool:
        return self._owned(plan_id, guild_id) and self._happen(plan_id, PlanEvent.PAUSE)

    async def resume(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        if not self._owned(plan_id, guild_id):
            return False
        one = self.kept[plan_id]
        if one.plan.state is PlanState.ENDED:
            self._refuse_if_full(one.plan.request)
        progress = replace(one.plan.progress, since=now)
        one.look_at, one.ended_at, one.refused_at = now, None, None
        return self._happen(plan_id, PlanEvent.RESUME, problem=None, progress=progress, setbacks=Setbacks())

    async def load_due(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        due = [one for one in self._active() if one.look_at <= now]
        return [one.plan for one in sorted(due, key=_order)[:limit]]

    async def load_next_look(self, *, after: datetime | None = None) -> datetime | None:
        return min((one.look_at for one in self._active() if after is None or one.look_at > after), default=None)

    async def look_again(self, plan_id: int, at: datetime, *, waits_for_data: bool = False) -> None:
        self.looks.append((plan_id, at))
        if plan_id in self.kept:
            self.kept[plan_id].look_at, self.kept[plan_id].waits_for_data = at, waits_for_data

    async def look_at_all(self, now: datetime, *, waiting_only: bool) -> None:
        for one in self._active():
            if one.waits_for_data or not waiting_only:
                one.look_at = min(one.look_at, now)

    async def look_at_refused(self, guild_id: int, now: datetime) -> None:
        refused = [
            one
            for one in self._active()
            if one.plan.request.guild_id == guild_id
            and one.plan.problem is not None
            and one.refused_at is not None
            and one.refused_at <= now - timedelta(seconds=10)
            and one.look_at > now
        ]
        for one in refused:
            one.look_at = now

    async def load_schedule_basis(self) -> ScheduleBasis | None:
        return self.basis

    async def save_schedule_basis(self, basis: ScheduleBasis) -> None:
        self.basis = basis

    async def forget_old(self, now: datetime) -> None:
        ended = now - ENDED_KEPT_FOR
        self.kept = {i: one for i, one in self.kept.items() if one.ended_at is None or one.ended_at >= ended}
        self.removed = [one for one in self.removed if one.removed_at >= now - REMOVED_POSTS_KEPT_FOR]

    async def settle(self, plan_id: int, instant: datetime, *, result: Result, now: datetime) -> None:
        if plan_id not in self.kept:
            return
        one = self.kept[plan_id]
        if one.plan.progress.settled is not None and one.plan.progress.settled > instant:
            return
        one.look_at, one.waits_for_data = now, False
        progress, setbacks = replace(one.plan.progress, settled=instant), replace(one.plan.setbacks, refusals=0)
        one.plan = replace(one.plan, last_result=result, progress=progress, setbacks=setbacks)

    async def end(self, plan_id: int, *, problem: Problem, now: datetime) -> None:
        if self._happen(plan_id, PlanEvent.LOSE_PLACE, problem=problem, setbacks=Setbacks()):
            self.kept[plan_id].ended_at, self.kept[plan_id].refused_at = now, None

    async def report(
        self, plan_id: int, problem: Problem, *, setbacks: Setbacks, now: datetime, look_at: datetime
    ) -> None:
        if self._change(plan_id, problem=problem, setbacks=setbacks):
            self.kept[plan_id].refused_at, self.kept[plan_id].look_at = now, look_at

    async def clear(self, plan_id: int) -> None:
        if self._change(plan_id, problem=None, setbacks=Setbacks()):
            self.kept[plan_id].refused_at = None

    def mark_posted(self, post: Post, *, message_id: int | None, now: datetime, result: Result) -> None:
        """Change the plan of a sent post as the outbox does."""
        if post.plan_id not in self.kept:
            return
        one = self.kept[post.plan_id]
        one.look_at, one.waits_for_data = now, False
        progress = one.plan.progress
        if progress.settled is None or progress.settled < post.instant:
            progress = replace(progress, settled=post.instant)
        changes: dict[str, object] = {}
        if progress.posted is None or progress.posted <= post.as_of:
            progress = replace(progress, posted=post.as_of)
            changes = {"problem": None, "setbacks": Setbacks(), "last_result": result, "last_message_id": message_id}
        self._change(post.plan_id, progress=progress, **changes)

    def _refuse_if_full(self, request: PlanRequest) -> None:
        same = [one for one in self._of(request.guild_id) if one.state is not PlanState.ENDED]
        if any((p.channel_id, p.request.board) == (request.channel_id, request.board) for p in same):
            raise PlanError(ErrorCode.PLAN_EXISTS)
        if len(same) >= MOST_PLANS:
            raise PlanError(ErrorCode.TOO_MANY_PLANS, most_plans=MOST_PLANS)

    def _active(self) -> list[Kept]:
        return [one for one in self.kept.values() if one.plan.state is PlanState.ACTIVE]

    def _of(self, guild_id: int) -> list[Plan]:
        return [one.plan for one in self.kept.values() if one.plan.request.guild_id == guild_id]

    def _owned(self, plan_id: int, guild_id: int) -> bool:
        return plan_id in self.kept and self.kept[plan_id].plan.request.guild_id == guild_id

    def _happen(self, plan_id: int, event: PlanEvent, **changes: object) -> bool:
        one = self.kept.get(plan_id)
        if one is None or not PLANS.allows(one.plan.state, event):
            return False
        one.plan = replace(one.plan, state=PLANS.state_after(one.plan.state, event), **changes)  # type: ignore[arg-type]  # of a plan, by name
        return True

    def _change(self, plan_id: int, **changes: object) -> bool:
        one = self.kept.get(plan_id)
        if one is None or one.plan.state is PlanState.ENDED:
            return False
        one.plan = replace(one.plan, **changes)  # type: ignore[arg-type]  # of a plan, by name
        return True


class FakeOutbox:
    """A store of posts in memory."""

    def __init__(self, plans: FakePlans) -> None:
        """Start empty."""
        self._plans = plans
        self._of: defaultdict[int, dict[date, Post]] = defaultdict(dict)
        self._ids = count(1)

    @property
    def posts(self) -> list[Post]:
        """All posts."""
        return [post for posts in self._of.values() for post in posts.values()]

    async def claim(
        self, plan: Plan, as_of: date, *, instant: datetime, now: datetime, by_hand: bool = False
    ) -> Post | None:
        kept = self._plans.kept.get(plan.id)
        state = kept.plan.state if kept else None
        earlier = self._of[plan.id].get(as_of)
        plan_event = PlanEvent.CLAIM_BY_HAND if by_hand else PlanEvent.CLAIM
        event = PostEvent.CLAIM_BY_HAND if by_hand else PostEvent.CLAIM
        if not PLANS.allows(state, plan_event) or not POSTS.allows(earlier.state if earlier else None, event):
            return None
        claimed = Post(
            id=earlier.id if earlier else next(self._ids),
            plan_id=plan.id,
            content=plan.request.content,
            as_of=as_of,
            instant=instant,
            closes_at=closes_at(plan.request.schedule, instant),
            nonce=nonce_of(plan, as_of),
            state=PostState.CLAIMED,
            attempts=earlier.attempts + 1 if earlier else 1,
            first_claimed_at=earlier.first_claimed_at if earlier else now,
            claimed_at=now,
            attempted_at=now,
        )
        return self._put(claimed)

    async def load_unfinished(self, plan_id: int) -> Post | None:
        if plan_id not in self._plans.kept:
            return None  # removing a plan removes its posts
        unfinished = [post for post in self._of[plan_id].values() if post.state is PostState.CLAIMED]
        return min(unfinished, key=lambda post: post.id, default=None)

    async def load_unsure_days(self, plan_id: int) -> Collection[date]:
        return [post.as_of for post in self._of[plan_id].values() if post.state is PostState.UNSURE]

    async def take_over(self, post: Post, *, now: datetime) -> Post | None:
        here = self._of[post.plan_id].get(post.as_of)
        if here is None or (here.state, here.attempts) != (post.state, post.attempts):
            return None
        return self._put(replace(post, attempts=post.attempts + 1, attempted_at=now))

    async def note_message(self, post: Post, *, message_id: int) -> None:
        here = self._of[post.plan_id][post.as_of]
        if POSTS.allows(here.state, PostEvent.NOTE_MESSAGE):
            self._put(replace(here, message_id=message_id))

    async def mark_sent(self, post: Post, *, message_id: int | None, now: datetime, result: Result) -> None:
        self._put(replace(self._of[post.plan_id][post.as_of], state=PostState.SENT, result=result))
        self._plans.mark_posted(post, message_id=message_id, now=now, result=result)

    async def mark(self, post: Post, event: PostEvent, *, result: Result | None = None) -> None:
        state = POSTS.state_after(post.state, event)
        self._put(replace(self._of[post.plan_id][post.as_of], state=state, result=result))

    def _put(self, post: Post) -> Post:
        self._of[post.plan_id][post.as_of] = post
        self._plans.posts = self.posts
        return post


@dataclass(frozen=True)
class Message:
    """A message in a channel."""

    channel_id: int
    plan_id: int
    as_of: date
    nonce: str
    at: datetime


@dataclass
class FakeMessenger:
    """A Discord that accepts every post unless its script says otherwise, and never forgets a nonce."""

    clock: Callable[[], datetime]
    available: Callable[[], Collection[date]]
    script: Callable[[Post, int], Answer | None] = lambda post, attempt: None
    """The answer to a numbered attempt (from 1) at a post; None accepts the post."""
    takes: timedelta = timedelta(milliseconds=100)
    """How long Discord takes to answer."""
    found: SearchResult = field(default_factory=NotThere)
    messages: list[Message] = field(default_factory=list)
    requests: list[tuple[int, datetime]] = field(default_factory=list)
    """The channel and the time of every attempt."""
    looked: list[int] = field(default_factory=list)
    published: list[int] = field(default_factory=list)
    """The message id of every attempt to publish one."""
    unpublished: list[Answer] = field(default_factory=list)
    """The answers to the next attempts to publish, before any succeeds."""
    closed: set[int] = field(default_factory=set)
    """The channels that the bot has no permission to post to."""
    asked: list[int] = field(default_factory=list)
    """The channels whose permissions were checked."""
    most_at_once: Counter[int] = field(default_factory=Counter)
    """The most requests that were in progress at once for each channel."""
    missing: set[int] = field(default_factory=set)
    """The channels that do not exist, and whose server does not exist, when they are fetched."""
    looked_for: list[tuple[int, Place]] = field(default_factory=list)
    check: Callable[[], Answer] = lambda: Answer(status=200)
    """The answer to a check of the token."""
    token_checks: list[datetime] = field(default_factory=list)
    note: Callable[[int | None], None] = lambda status: None
    """Called with the status of every answer."""
    _under_way: Counter[int] = field(default_factory=Counter)
    _attempts: Counter[str] = field(default_factory=Counter)
    _nonces: dict[str, int] = field(default_factory=dict)

    async def may_post(self, content: PostContent) -> bool:
        self.asked.append(content.channel_id)
        return content.channel_id not in self.closed

    async def look_for(self, content: PostContent, place: Place) -> Answer:
        self.looked_for.append((content.channel_id, place))
        code = {Place.CHANNEL: 10003, Place.SERVER: 10004}[place]
        return Answer(status=404, code=code) if content.channel_id in self.missing else Answer(status=200)

    async def check_token(self) -> Answer:
        self.token_checks.append(self.clock())
        return self.check()

    async def send(self, post: Post) -> Answer | None:
        if post.as_of not in self.available():
            return None
        channel = post.content.channel_id
        self.requests.append((channel, self.clock()))
        self._attempts[post.nonce] += 1
        self._under_way[channel] += 1
        self.most_at_once[channel] = max(self.most_at_once[channel], self._under_way[channel])
        try:
            await asyncio.sleep(self.takes.total_seconds())
        finally:
            self._under_way[channel] -= 1
        answer = self.script(post, self._attempts[post.nonce]) or self.take(post)
        self.note(answer.status)
        return answer

    def take(self, post: Post) -> Answer:
        """Put the post into its channel, once for each nonce."""
        message_id = self._nonces.setdefault(post.nonce, 1000 + len(self.messages))
        if message_id == 1000 + len(self.messages):
            self.messages.append(Message(post.content.channel_id, post.plan_id, post.as_of, post.nonce, self.clock()))
        return Answer(status=200, message_id=message_id)

    async def find(self, post: Post, *, since: datetime) -> SearchResult:
        self.looked.append(post.content.channel_id)
        await asyncio.sleep(self.takes.total_seconds())
        return self.found

    async def publish(self, content: PostContent, message_id: int) -> Answer:
        self.published.append(message_id)
        return self.unpublished.pop(0) if self.unpublished else Answer(status=200, message_id=message_id)

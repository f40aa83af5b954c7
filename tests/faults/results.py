"""The results of a scenario: whether each plan's post is in its channel exactly once, and the database knows it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.sandbox import ChannelPlan, PostRow, Sandbox

FINE, LOST, DOUBLED, UNSURE, REFUSED, UNSURE_WITHOUT_NEED, MISMATCH = (
    "fine",
    "lost",
    "doubled",
    "unsure",
    "refused",
    "unsure without need",
    "not as the database says",
)
ALLOWED = frozenset({FINE, UNSURE, REFUSED})
"""The result "unsure" is allowed where the bot may not read the history, and "refused" where Discord refuses the post.

A post that Discord refuses and a moderator has deleted counts as refused: no history shows that it was there.
"""


@dataclass
class Results:
    """The number of crashes, how many posts had each result, and a complaint about each result that is not allowed."""

    crashes: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def add(self, other: "Results") -> None:
        """Add another scenario's results."""
        self.crashes += other.crashes
        self.counts += other.counts
        self.complaints += other.complaints

    def __str__(self) -> str:
        parts = (
            f"{self.counts[one]} {one}" for one in (FINE, LOST, DOUBLED, UNSURE, REFUSED, UNSURE_WITHOUT_NEED, MISMATCH)
        )
        return f"{self.crashes} crashes, {self.counts.total()} posts: {', '.join(parts)}"


async def check_posts(sandbox: Sandbox, *, refused: Iterable[ChannelPlan] = ()) -> Results:
    """Check the posts of all plans of a sandbox in which no bot is running any more."""
    results, refusable = Results(sandbox.crashes, complaints=[*sandbox.complaints]), {plan.id for plan in refused}
    posts = await sandbox.load_posts()
    for plan in sandbox.plans:
        post, messages = posts.get(plan.id), sandbox.posts_of(plan)
        found = _classify(sandbox, plan, post, may_be_refused=plan.id in refusable)
        results.counts[found] += 1
        if found not in ALLOWED:
            results.complaints.append(f"plan {plan.id}: {found}: {len(messages)} messages, {post}")
    return results


def _classify(sandbox: Sandbox, plan: ChannelPlan, post: PostRow | None, *, may_be_refused: bool) -> str:
    messages = sandbox.posts_of(plan)
    if len(messages) > 1:
        return DOUBLED
    state = post.state if post else None
    if state == "unsure":
        return UNSURE_WITHOUT_NEED if sandbox.may_read(plan) else UNSURE
    is_visible = any(message not in sandbox.deleted for message in messages)
    if may_be_refused and state == "failed" and not is_visible:
        return REFUSED
    if not messages:
        return LOST
    known = {messages[0].id, None} if messages[0] in sandbox.deleted else {messages[0].id}
    return FINE if post and state == "sent" and post.message_id in known else MISMATCH

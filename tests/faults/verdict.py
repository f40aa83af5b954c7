"""The verdict on a play: of each plan, whether its post is in its channel exactly once, and the database knows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.stage import Entry, Part, Stage

FINE, LOST, DOUBLED, UNSURE, REFUSED, NEEDLESS, UNTRUE = (
    "fine",
    "lost",
    "doubled",
    "unsure",
    "refused",
    "unsure without need",
    "not as the database says",
)
ALLOWED = frozenset({FINE, UNSURE, REFUSED})
"""Unsure is allowed where the history is closed to the bot, refused where Discord does not take the post.

A post that Discord refuses and a moderator has deleted counts as refused: no history shows that it was there.
"""


@dataclass
class Verdict:
    """How often each came out after so many crashes, and what is to be said of what must not be."""

    crashes: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def add(self, other: "Verdict") -> None:
        """Count another play's with this one's."""
        self.crashes += other.crashes
        self.counts += other.counts
        self.complaints += other.complaints

    def __str__(self) -> str:
        told = (f"{self.counts[one]} {one}" for one in (FINE, LOST, DOUBLED, UNSURE, REFUSED, NEEDLESS, UNTRUE))
        return f"{self.crashes} crashes, {self.counts.total()} posts: {', '.join(told)}"


async def judge(stage: Stage, *, refused: Iterable[Part] = ()) -> Verdict:
    """Judge all plans of a stage whose bot has come to rest."""
    verdict, refusable = Verdict(stage.crashes, complaints=[*stage.complaints]), {part.plan_id for part in refused}
    entries = await stage.entries()
    for part in stage.parts:
        entry, messages = entries.get(part.plan_id), stage.posts_of(part)
        found = _judge(stage, part, entry, may_be_refused=part.plan_id in refusable)
        verdict.counts[found] += 1
        if found not in ALLOWED:
            verdict.complaints.append(f"plan {part.plan_id}: {found}: {len(messages)} messages, {entry}")
    return verdict


def _judge(stage: Stage, part: Part, entry: Entry | None, *, may_be_refused: bool) -> str:
    messages = stage.posts_of(part)
    if len(messages) > 1:
        return DOUBLED
    state = entry.state if entry else None
    if state == "unsure":
        return NEEDLESS if stage.may_read(part) else UNSURE
    is_to_be_seen = any(message not in stage.deleted for message in messages)
    if may_be_refused and state == "failed" and not is_to_be_seen:
        return REFUSED
    if not messages:
        return LOST
    known = {messages[0].id, None} if messages[0] in stage.deleted else {messages[0].id}
    return FINE if entry and state == "sent" and entry.message_id in known else UNTRUE

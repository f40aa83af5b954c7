"""The state machines of a post and of a plan: each state, each event, and the state that follows.

Delivery and storage follow these two tables, and `docs/posts.md` is drawn from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar


class PostState(StrEnum):
    """The state of a post."""

    CLAIMED = "claimed"
    """It is written before the first request is made; its outcome is not known."""
    SENT = "sent"
    """It is in its channel."""
    FAILED = "failed"
    """It is not in its channel."""
    UNSURE = "unsure"
    """It may be in its channel, and neither the nonce nor the history can tell: a moderator decides."""


class PostEvent(StrEnum):
    """What happens to a post."""

    CLAIM = "its instant is due"
    CLAIM_BY_HAND = "a moderator posts now"
    ATTEMPT = "one more attempt begins"
    NOTE_MESSAGE = "it is in its channel, and still to be published"
    SEND = "it is in its channel"
    FAIL = "it is not in its channel"
    LOSE_TRACK = "the bot cannot tell"


class PlanState(StrEnum):
    """Whether a plan posts."""

    ACTIVE = "active"
    PAUSED = "paused"
    """A moderator paused it."""
    ENDED = "ended"
    """Its channel or server is gone. It is kept for 30 days, so that the list can show it."""


class PlanEvent(StrEnum):
    """What happens to a plan."""

    ADD = "/autopost add"
    PAUSE = "/autopost pause"
    RESUME = "/autopost resume"
    REMOVE = "/autopost remove"
    CLAIM = "a post is claimed"
    CLAIM_BY_HAND = "a moderator posts now"
    LOSE_PLACE = "its channel or server is gone"
    FORGET = "30 days pass"


State = TypeVar("State", PostState, PlanState)
Event = TypeVar("Event", PostEvent, PlanEvent)


@dataclass(frozen=True)
class Transitions(Generic[State, Event]):
    """All transitions of a state machine; the state None means that the post or plan does not exist."""

    table: Sequence[tuple[State | None, Event, State | None]]

    def allows(self, state: State | str | None, event: Event) -> bool:
        """Whether the event can happen in that state."""
        return any((state, event) == row[:2] for row in self.table)

    def states_before(self, event: Event) -> frozenset[State]:
        """The states in which the event can happen."""
        return frozenset(before for before, when, _ in self.table if when is event and before is not None)

    def state_after(self, state: State | str | None, event: Event) -> State:
        """The state that follows; raise LookupError if the event cannot happen in that state or removes the row."""
        for before, when, after in self.table:
            if (before, when) == (state, event) and after is not None:
                return after
        raise LookupError(f"{event!r} cannot happen in {state!r}")


POSTS: Transitions[PostState, PostEvent] = Transitions(
    (
        (None, PostEvent.CLAIM, PostState.CLAIMED),
        (None, PostEvent.CLAIM_BY_HAND, PostState.CLAIMED),
        (PostState.FAILED, PostEvent.CLAIM, PostState.CLAIMED),
        (PostState.FAILED, PostEvent.CLAIM_BY_HAND, PostState.CLAIMED),
        (PostState.UNSURE, PostEvent.CLAIM_BY_HAND, PostState.CLAIMED),
        (PostState.CLAIMED, PostEvent.ATTEMPT, PostState.CLAIMED),
        (PostState.CLAIMED, PostEvent.NOTE_MESSAGE, PostState.CLAIMED),
        (PostState.CLAIMED, PostEvent.SEND, PostState.SENT),
        (PostState.CLAIMED, PostEvent.FAIL, PostState.FAILED),
        (PostState.CLAIMED, PostEvent.LOSE_TRACK, PostState.UNSURE),
        # A slow process may find the post after another has given it up: the post that was found counts.
        (PostState.FAILED, PostEvent.SEND, PostState.SENT),
        (PostState.UNSURE, PostEvent.SEND, PostState.SENT),
        (PostState.SENT, PostEvent.SEND, PostState.SENT),
    )
)

PLANS: Transitions[PlanState, PlanEvent] = Transitions(
    (
        (None, PlanEvent.ADD, PlanState.ACTIVE),
        (PlanState.ACTIVE, PlanEvent.CLAIM, PlanState.ACTIVE),
        (PlanState.ACTIVE, PlanEvent.CLAIM_BY_HAND, PlanState.ACTIVE),
        (PlanState.PAUSED, PlanEvent.CLAIM_BY_HAND, PlanState.PAUSED),
        (PlanState.ACTIVE, PlanEvent.PAUSE, PlanState.PAUSED),
        (PlanState.PAUSED, PlanEvent.PAUSE, PlanState.PAUSED),
        (PlanState.ACTIVE, PlanEvent.RESUME, PlanState.ACTIVE),
        (PlanState.PAUSED, PlanEvent.RESUME, PlanState.ACTIVE),
        (PlanState.ENDED, PlanEvent.RESUME, PlanState.ACTIVE),
        (PlanState.ACTIVE, PlanEvent.LOSE_PLACE, PlanState.ENDED),
        (PlanState.PAUSED, PlanEvent.LOSE_PLACE, PlanState.ENDED),
        (PlanState.ACTIVE, PlanEvent.REMOVE, None),
        (PlanState.PAUSED, PlanEvent.REMOVE, None),
        (PlanState.ENDED, PlanEvent.REMOVE, None),
        (PlanState.ENDED, PlanEvent.FORGET, None),
    )
)

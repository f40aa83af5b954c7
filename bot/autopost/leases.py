"""Leases on posts: the process that stored a post's last attempt is the only one that may send it, for 30 seconds."""

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.autopost.plans import Outbox, Post
from bot.clock import Clock

NONCE_WINDOW = timedelta(minutes=2)
"""Discord remembers a nonce “for a few minutes”; the bot relies on two, counted to the end of the last attempt."""

LEASE = timedelta(seconds=30)
"""How long a process may send a post after it stored an attempt; the clocks of processes differ by much less."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """This process's last attempt at a post; times are monotonic seconds."""

    number: int
    stored_at: float
    nonce_since: float


class Leases:
    """The posts that this process holds, and whether Discord still remembers their nonces."""

    def __init__(self, outbox: Outbox, *, clock: Clock) -> None:
        """Store attempts in `outbox`."""
        self._outbox = outbox
        self._clock = clock
        self._monotonic = time.monotonic
        self._attempts: dict[str, _Attempt] = {}  # by nonce, which is unique to a post; oldest first

    def note_claim(self, post: Post, *, age: timedelta) -> None:
        """Remember a post that this process claimed; its first request may be `age` old."""
        self._note(post, nonce_since=self._monotonic() - age.total_seconds())

    def is_held_elsewhere(self, post: Post, *, now: datetime) -> bool:
        """Whether another process may be sending a post at `now` (aware UTC)."""
        # An attempt slightly in the future is from another machine; one far in the future is from before a clock was
        # set back.
        return self._own_attempt(post) is None and abs(now - post.attempted_at) < LEASE

    async def take_over(self, post: Post) -> Post | None:
        """Store one more attempt at a post; return None if another process was faster."""
        own = self._own_attempt(post)
        taken = await self._outbox.take_over(post, now=self._clock())
        if taken is not None:
            self._note(taken, nonce_since=own.nonce_since if own else -math.inf)
        return taken

    async def renew(self, post: Post) -> Post | None:
        """Make sure that the lease outlasts a request that starts now; return None if another process has the post."""
        age = self._clock() - post.attempted_at
        return post if timedelta(0) <= age < LEASE / 3 else await self.take_over(post)

    def is_nonce_known(self, post: Post, *, now: datetime) -> bool:
        """Whether Discord still remembers the nonce of every request for a post, so that one more cannot double it."""
        own = self._own_attempt(post)
        if own is None:
            return False
        # The monotonic clock stops while the machine sleeps, and the wall clock can be set: take the longer time.
        seconds = max(self._monotonic() - own.nonce_since, (now - post.claimed_at).total_seconds())
        return seconds < (NONCE_WINDOW - LEASE).total_seconds()

    def is_instant_recent(self, post: Post, *, now: datetime) -> bool:
        """Whether Discord still knows the nonce of any request for a post, whichever process made it."""
        # A restored backup may have lost requests that were made since the instant.
        age = now - min(post.instant, post.first_claimed_at)
        return timedelta(0) <= age < NONCE_WINDOW - LEASE

    def _own_attempt(self, post: Post) -> _Attempt | None:
        """This process's attempt, if no other process has stored one since."""
        own = self._attempts.get(post.nonce)
        return own if own is not None and own.number == post.attempts else None

    def _note(self, post: Post, *, nonce_since: float) -> None:
        """Remember an attempt, and forget those older than the nonce window."""
        now = self._monotonic()
        self._attempts.pop(post.nonce, None)
        self._attempts[post.nonce] = _Attempt(post.attempts, now, nonce_since)
        expired = now - NONCE_WINDOW.total_seconds()
        while self._attempts[oldest := next(iter(self._attempts))].stored_at < expired:
            del self._attempts[oldest]

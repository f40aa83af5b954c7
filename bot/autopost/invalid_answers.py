"""Stops posting before too many of Discord's answers are refusals.

Discord blocks a host's IP address after 10,000 answers of 401, 403 or 429 in 10 minutes, and then no command works
either. Source: Discord's documentation of rate limits, "Invalid Request Limit".
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from http import HTTPStatus

LIMIT = 500
REFUSED_PLANS_LIMIT = 100
"""How many invalid answers refused plans may cause in 10 minutes, so that they do not stop other plans."""

RESERVED_FOR_MODERATORS = 20
"""How many of those are reserved for servers whose moderators have just used a command."""

WINDOW = timedelta(minutes=10)
PAUSE = timedelta(minutes=10)
STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})

_is_refused_plan: ContextVar[bool] = ContextVar("is_refused_plan", default=False)


class InvalidAnswers:
    """Stops all posting for 10 min after more than 500 invalid answers in 10 min, and refused plans after 80 to 100."""

    def __init__(self) -> None:
        """Start at zero."""
        self._noted: deque[datetime] = deque(maxlen=LIMIT + 1)
        self._of_refused_plans: deque[datetime] = deque(maxlen=REFUSED_PLANS_LIMIT)
        self._refused_plans_in_progress = 0
        self._stopped: datetime | None = None

    def note(self, status: int | None, *, now: datetime) -> None:
        """Count an answer that arrived at `now` (aware UTC), if its status is an invalid one."""
        if status not in STATUSES:
            return
        if _is_refused_plan.get():
            self._of_refused_plans.append(now)
        self._noted.append(now)
        # After the clock was set back, the oldest answer seems newer than now: it still counts.
        if len(self._noted) > LIMIT and now - self._noted[0] < WINDOW:
            self._stopped = now
            self._noted.clear()

    def stopped_until(self, *, now: datetime) -> datetime | None:
        """When posting may continue (aware UTC); None if it may continue at `now`."""
        if self._stopped is None:
            return None
        # After the clock was set back, the pause starts again; otherwise it would last as long as the clock moved.
        self._stopped = min(self._stopped, now)
        until = self._stopped + PAUSE
        return until if now < until else None

    def allows_refused_plan(self, *, now: datetime, for_moderator: bool = False) -> bool:
        """Whether one more refused plan may be tried at `now` (aware UTC)."""
        recent = sum(timedelta(0) <= now - noted < WINDOW for noted in self._of_refused_plans)
        allowed = REFUSED_PLANS_LIMIT - (0 if for_moderator else RESERVED_FOR_MODERATORS)
        return recent + self._refused_plans_in_progress < allowed

    @contextmanager
    def trying_refused_plan(self) -> Iterator[None]:
        """Count the answers in the block as a refused plan's; while the block runs, count one more as expected."""
        self._refused_plans_in_progress += 1
        token = _is_refused_plan.set(True)
        try:
            yield
        finally:
            _is_refused_plan.reset(token)
            self._refused_plans_in_progress -= 1

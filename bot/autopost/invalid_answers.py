"""How many of Discord's answers may be refusals before the bot holds back.

Discord blocks the address of a host that gets 10,000 answers of 401, 403 or 429 in 10 minutes, and with it every
command. Source: Discord's documentation of rate limits, "Invalid Request Limit".
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from http import HTTPStatus

LIMIT = 500
LIMIT_OF_PAUSED_PLANS = 100
"""How many of them plans may cause that were refused before, so that these silence nobody else."""

KEPT_FOR_MODERATORS = 20
"""How many of those are kept for the plans of servers whose moderators have just used a command."""

WINDOW = timedelta(minutes=10)
PAUSE = timedelta(minutes=10)
STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})

_is_of_paused_plan: ContextVar[bool] = ContextVar("is_of_paused_plan", default=False)


class InvalidAnswers:
    """Stops all posting for 10 min after more than 500 invalid answers in 10 min, and paused plans after 100."""

    def __init__(self) -> None:
        """Count none yet."""
        self._noted: deque[datetime] = deque(maxlen=LIMIT + 1)
        self._of_paused_plans: deque[datetime] = deque(maxlen=LIMIT_OF_PAUSED_PLANS)
        self._paused_plans_under_way = 0
        self._stopped: datetime | None = None

    def note(self, status: int | None, *, now: datetime) -> None:
        """Count an answer that came at `now` (aware UTC), if it is one of the invalid ones."""
        if status not in STATUSES:
            return
        if _is_of_paused_plan.get():
            self._of_paused_plans.append(now)
        self._noted.append(now)
        # If the clock was set back, the oldest looks newer than now: within the window, so it still counts.
        if len(self._noted) > LIMIT and now - self._noted[0] < WINDOW:
            self._stopped = now
            self._noted.clear()

    def stopped_until(self, *, now: datetime) -> datetime | None:
        """When posting may go on (aware UTC), or None if it may at `now`."""
        if self._stopped is None:
            return None
        # After a clock was set back the pause begins anew, rather than last for as long as the clock moved.
        self._stopped = min(self._stopped, now)
        until = self._stopped + PAUSE
        return until if now < until else None

    def allows_paused_plan(self, *, now: datetime, for_moderator: bool = False) -> bool:
        """Whether one more paused plan may be tried at `now` (aware UTC)."""
        recent = sum(timedelta(0) <= now - noted < WINDOW for noted in self._of_paused_plans)
        allowed = LIMIT_OF_PAUSED_PLANS - (0 if for_moderator else KEPT_FOR_MODERATORS)
        return recent + self._paused_plans_under_way < allowed

    @contextmanager
    def trying_paused_plan(self) -> Iterator[None]:
        """Count what comes in the block to paused plans, and reckon with one more answer as long as it lasts."""
        self._paused_plans_under_way += 1
        token = _is_of_paused_plan.set(True)
        try:
            yield
        finally:
            _is_of_paused_plan.reset(token)
            self._paused_plans_under_way -= 1

"""Stops all posting while Discord refuses the bot's token, and resumes when Discord accepts it again."""

import asyncio
import logging
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.autopost.codes import Problem, ProblemCode
from bot.autopost.messenger import Messenger
from bot.autopost.outcome import Unauthorized, outcome
from bot.clock import Clock

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
"""The pause between two checks of the token doubles up to this."""

REFUSALS_TO_REPORT = 2
"""How many checks in a row must be refused before the problem is reported."""

log = logging.getLogger(__name__)


class TokenCheck:
    """Whether posting has stopped because Discord refuses the token."""

    def __init__(self, messenger: Messenger, *, clock: Clock) -> None:
        """Check the token with `messenger`."""
        self._messenger = messenger
        self._clock = clock
        self._refused = 0
        self._ask_at: datetime | None = None
        self._asking = asyncio.Lock()

    @property
    def problem(self) -> Problem | None:
        """Why posting has stopped, after at least two refused checks; None otherwise."""
        return None if self._refused < REFUSALS_TO_REPORT else Problem(ProblemCode.TOKEN_REFUSED)

    def until(self, now: datetime) -> datetime | None:
        """When to check the token again (aware UTC); None while posting may go on."""
        if self._ask_at is None:
            return None
        self._ask_at = min(self._ask_at, now + LONGEST_PAUSE)  # the clock may have been set back
        return self._ask_at

    async def look(self) -> None:
        """Check whether Discord accepts the token, unless the next check is not due yet."""
        async with self._asking:
            now = self._clock()
            ask_at = self.until(now)
            if ask_at is not None and now < ask_at:
                return
            answer = await self._messenger.check_token()
            if isinstance(outcome(answer), Unauthorized):
                self._note_refusal(now)
            elif answer.status == HTTPStatus.OK:
                self._note_acceptance()
            elif self._refused:
                self._ask_at = now + FIRST_PAUSE

    def _note_refusal(self, now: datetime) -> None:
        self._refused += 1
        doublings = min(self._refused - 1, 16)  # 16 already exceeds the longest pause
        self._ask_at = now + min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
        if self._refused == REFUSALS_TO_REPORT:
            log.error("Discord refuses the bot's token, so nothing is posted until it accepts it. Check DISCORD_TOKEN.")

    def _note_acceptance(self) -> None:
        if self._refused >= REFUSALS_TO_REPORT:
            log.warning("Discord accepts the bot's token again: posting resumes")
        self._refused, self._ask_at = 0, None

"""Holding all posting while Discord does not accept the bot's token, and noticing when it does again."""

import asyncio
import logging
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.autopost.messenger import Messenger
from bot.autopost.outcome import Unauthorized, outcome
from bot.autopost.remarks import Problem, ProblemCode
from bot.clock import Clock

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
"""The pause between two questions doubles up to this."""

CERTAIN_AFTER = 2
"""How often in a row the token must be refused before anybody is told."""

log = logging.getLogger(__name__)


class Standstill:
    """Whether posting rests because of the token."""

    def __init__(self, messenger: Messenger, *, clock: Clock) -> None:
        """Ask by `messenger` whether the token is accepted."""
        self._messenger = messenger
        self._clock = clock
        self._refused = 0
        self._ask_at: datetime | None = None
        self._asking = asyncio.Lock()

    @property
    def problem(self) -> Problem | None:
        """Why posting rests, once that is certain; None while it goes on."""
        return None if self._refused < CERTAIN_AFTER else Problem(ProblemCode.TOKEN_REFUSED)

    def until(self, now: datetime) -> datetime | None:
        """When to ask again (aware UTC) whether posting may go on; None while it may."""
        if self._ask_at is None:
            return None
        self._ask_at = min(self._ask_at, now + LONGEST_PAUSE)  # the clock may have been set back
        return self._ask_at

    async def look(self) -> None:
        """Ask Discord whether it accepts the token, unless that was asked just now."""
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
        doublings = min(self._refused - 1, 16)  # far beyond the longest already
        self._ask_at = now + min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
        if self._refused == CERTAIN_AFTER:
            log.error("Discord does not accept the bot's token: posting rests until it does. Check DISCORD_TOKEN.")

    def _note_acceptance(self) -> None:
        if self._refused >= CERTAIN_AFTER:
            log.warning("Discord accepts the bot's token again: posting goes on")
        self._refused, self._ask_at = 0, None

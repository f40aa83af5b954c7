"""Faults that a test arms for the next matching requests."""

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Self

from tests.wire.exchange import Cut, Received, Reply, error_reply

Outcome = Reply | Cut | None
Step = Callable[[Received, asyncio.Event], Awaitable[Outcome]]
Call = Callable[[Received], object]


async def _nothing(_: Received, __: asyncio.Event) -> Outcome:
    """No fault at this stage."""
    return None


def _always(outcome: Outcome) -> Step:
    """A step that always ends in the same way."""

    async def step(_: Received, __: asyncio.Event) -> Outcome:
        return outcome

    return step


def _calling(call: Call, outcome: Outcome) -> Step:
    """A step that calls the test's function, and awaits it if it is a coroutine."""

    async def step(received: Received, _: asyncio.Event) -> Outcome:
        result = call(received)
        if inspect.isawaitable(result):
            await result
        return outcome

    return step


@dataclass(frozen=True, slots=True)
class Fault:
    """What fails before a request is accepted, or after it."""

    before: Step = _nothing
    after: Step = _nothing
    only_watches: bool = False

    @classmethod
    def before_accept(
        cls, status: int, code: int = 0, headers: Mapping[str, str] | None = None, *, body: bytes | None = None
    ) -> Self:
        """An error answer; the request has no effect. A given `body` is sent unchanged."""
        return cls(before=_always(_refusal(status, code, headers, body=body)))

    @classmethod
    def after_accept(
        cls, status: int, code: int = 0, headers: Mapping[str, str] | None = None, *, body: bytes | None = None
    ) -> Self:
        """The request takes effect, but the answer is an error."""
        return cls(after=_always(_refusal(status, code, headers, body=body)))

    @classmethod
    def rate_limited(cls, retry_after: float, *, everywhere: bool = False) -> Self:
        """A 429 from Discord with the waiting time; the request has no effect."""
        headers = {"Retry-After": str(retry_after), "Via": "1.1 google"}
        if everywhere:
            headers["X-RateLimit-Global"] = "true"
        return cls.before_accept(429, 0, headers)

    @classmethod
    def lost_answer(cls) -> Self:
        """The request takes effect, then the connection closes without an answer."""
        return cls(after=_always(Cut.CLOSE))

    @classmethod
    def reset(cls, *, accepted: bool = False) -> Self:
        """The connection is reset, before or after the request takes effect."""
        step = _always(Cut.RESET)
        return cls(after=step) if accepted else cls(before=step)

    @classmethod
    def hang(cls, until: asyncio.Event | None = None, *, accepted: bool = False) -> Self:
        """No answer until the event or until the stand-in closes; then the request continues."""

        async def step(_: Received, closing: asyncio.Event) -> Outcome:
            await _first(closing, until)
            return Cut.CLOSE if closing.is_set() else None

        return cls(after=step) if accepted else cls(before=step)

    @classmethod
    def slow(cls, seconds: float) -> Self:
        """The request takes effect at once, and the answer is late."""

        async def step(_: Received, closing: asyncio.Event) -> Outcome:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(closing.wait(), seconds)
            return None

        return cls(after=step)

    @classmethod
    def on_request(cls, call: Call, *, accept: bool = True) -> Self:
        """Call the test's function before the request is accepted; with `accept=False` it never is."""
        return cls(before=_calling(call, None if accept else Cut.CLOSE), only_watches=True)

    @classmethod
    def on_accepted(cls, call: Call, *, answer: bool = True) -> Self:
        """Call the test's function after the request took effect; with `answer=False` the answer is lost."""
        return cls(after=_calling(call, None if answer else Cut.CLOSE), only_watches=True)


def _refusal(status: int, code: int, headers: Mapping[str, str] | None, *, body: bytes | None) -> Reply:
    """An error answer, in Discord's format unless a body is given."""
    if body is not None:
        return Reply(status, body, headers or {})
    return error_reply(status, code, f"{status}: a fault of the test", headers=headers)


async def _first(*events: asyncio.Event | None) -> None:
    """Wait for the first of several events."""
    waits = [asyncio.ensure_future(event.wait()) for event in events if event is not None]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


@dataclass(eq=False)
class Armed:
    """An armed fault; `used` counts how often it was used."""

    method: str
    path: str
    fault: Fault
    count: int | None
    after: int
    used: int = 0

    def wants(self, received: Received) -> bool:
        """Whether the fault is not used up and matches the request; skips the first `after` matches."""
        if self.count is not None and self.used >= self.count:
            return False
        if not received.matches(self.method, self.path):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        return True


class Faults:
    """The armed faults, in order."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []

    def arm(self, armed: Armed) -> Armed:
        """Arm a fault."""
        self._armed.append(armed)
        return armed

    def disarm(self, armed: Armed | None = None) -> None:
        """Remove one fault or all."""
        self._armed = [one for one in self._armed if armed is not None and one is not armed]

    def disarm_watchers(self) -> None:
        """Remove the faults that only watch, and keep the others."""
        self._armed = [one for one in self._armed if not one.fault.only_watches]

    def take(self, received: Received) -> tuple[Fault, ...]:
        """All watchers that match this request, and the first real fault."""
        taken: list[Fault] = []
        for armed in self._armed:
            spoken_for = any(not fault.only_watches for fault in taken)
            if spoken_for and not armed.fault.only_watches:
                continue
            if armed.wants(received):
                armed.used += 1
                taken.append(armed.fault)
        return tuple(taken)

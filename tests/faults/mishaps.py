"""What Discord, or the network on the way, does to a request."""

import asyncio
import contextlib
from collections.abc import Callable

from tests.wire.exchange import Received
from tests.wire.faults import Fault, Outcome

PATIENCE = 2.0
"""How long the bot in a hurry waits for an answer, in seconds."""


def late(seconds: float) -> Fault:
    """It happens after the client has given up."""

    async def step(_: Received, closing: asyncio.Event) -> Outcome:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), seconds)
        return None

    return Fault(before=step)


POST_FAULTS: dict[str, Callable[[], Fault]] = {
    "answer lost": Fault.lost_answer,
    "500 after acceptance": lambda: Fault.after_accept(500),
    "502 after acceptance": lambda: Fault.after_accept(502),
    "503 after acceptance": lambda: Fault.after_accept(503),
    "unreadable answer": lambda: Fault.after_accept(200, body=b"<html>"),
    "503": lambda: Fault.before_accept(503),
    "500": lambda: Fault.before_accept(500),
    "429": lambda: Fault.rate_limited(0.3),
    "429 everywhere": lambda: Fault.rate_limited(0.3, everywhere=True),
    "429 from a proxy": lambda: Fault.before_accept(429, headers={"Retry-After": "1"}),
    "reset": Fault.reset,
    "reset after acceptance": lambda: Fault.reset(accepted=True),
    "hang": Fault.hang,
    "hang after acceptance": lambda: Fault.hang(accepted=True),
    "slow": lambda: Fault.slow(0.5),
    "too slow": lambda: Fault.slow(PATIENCE + 1),
    "late": lambda: late(PATIENCE + 0.5),
}
LOOK_FAULTS: dict[str, Callable[[], Fault]] = {
    "503": lambda: Fault.before_accept(503),
    "429": lambda: Fault.rate_limited(0.3),
    "reset": Fault.reset,
    "hang": Fault.hang,
    "answer lost": Fault.lost_answer,
}
REFUSALS: dict[str, Callable[[], Fault]] = {
    "no permission": lambda: Fault.before_accept(403, 50013),
    "malformed": lambda: Fault.before_accept(400, 50035),
}

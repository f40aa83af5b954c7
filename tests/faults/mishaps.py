"""What Discord, or the network in between, does to a request."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock
from tests.wire.exchange import Cut, Received
from tests.wire.faults import Fault, Outcome

PATIENCE = 2.0
"""How long the bot waits for an answer when FAULTS_FAST is set, in seconds."""


LONGEST_DELAY = timedelta(minutes=1)
"""No network delivers a request later than this."""

Mishap = Callable[[Clock], Fault]


def late(seconds: float, now: Clock) -> Fault:
    """Process the request some seconds late, after the client has given up."""

    async def step(received: Received, closing: asyncio.Event) -> Outcome:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), seconds)
        return Cut.CLOSE if now() - received.at > LONGEST_DELAY else None

    return Fault(before=step)


PAGE = b"<html><title>Just a moment</title></html>"


def proxy_page(status: int, *, retry_after: float | None = None) -> Fault:
    """An HTML page from a proxy in front of Discord; it says nothing about the request itself."""
    headers = {"Content-Type": "text/html"} | ({} if retry_after is None else {"Retry-After": str(retry_after)})
    return Fault.before_accept(status, headers=headers, body=PAGE)


POST_FAULTS: dict[str, Mishap] = {
    "answer lost": lambda _: Fault.lost_answer(),
    "500 after acceptance": lambda _: Fault.after_accept(500),
    "502 after acceptance": lambda _: Fault.after_accept(502),
    "503 after acceptance": lambda _: Fault.after_accept(503),
    "unreadable answer": lambda _: Fault.after_accept(200, body=b"<html>"),
    "503": lambda _: Fault.before_accept(503),
    "500": lambda _: Fault.before_accept(500),
    "429": lambda _: Fault.rate_limited(0.3),
    "429 everywhere": lambda _: Fault.rate_limited(0.3, everywhere=True),
    "429 from a proxy": lambda _: Fault.before_accept(429, headers={"Retry-After": "1"}),
    "400 page": lambda _: proxy_page(400),
    "401 page": lambda _: proxy_page(401),
    "403 page": lambda _: proxy_page(403),
    "404 page": lambda _: proxy_page(404),
    "429 page": lambda _: proxy_page(429, retry_after=1),
    "503 page": lambda _: proxy_page(503, retry_after=1),
    "404 without a code": lambda _: Fault.before_accept(404, 0),
    "unknown channel": lambda _: Fault.before_accept(404, 10003),
    "unknown server": lambda _: Fault.before_accept(404, 10004),
    "token refused": lambda _: Fault.before_accept(401, 0),
    "reset": lambda _: Fault.reset(),
    "reset after acceptance": lambda _: Fault.reset(accepted=True),
    "hang": lambda _: Fault.hang(),
    "hang after acceptance": lambda _: Fault.hang(accepted=True),
    "slow": lambda _: Fault.slow(0.5),
    "too slow": lambda _: Fault.slow(PATIENCE + 1),
    "late": lambda now: late(PATIENCE + 0.5, now),
}
SEARCH_FAULTS: dict[str, Mishap] = {
    "503": lambda _: Fault.before_accept(503),
    "429": lambda _: Fault.rate_limited(0.3),
    "404 page": lambda _: proxy_page(404),
    "429 page": lambda _: proxy_page(429, retry_after=1),
    "unknown channel": lambda _: Fault.before_accept(404, 10003),
    "token refused": lambda _: Fault.before_accept(401, 0),
    "reset": lambda _: Fault.reset(),
    "hang": lambda _: Fault.hang(),
    "answer lost": lambda _: Fault.lost_answer(),
}
REFUSALS: dict[str, Mishap] = {
    "no permission": lambda _: Fault.before_accept(403, 50013),
    "malformed": lambda _: Fault.before_accept(400, 50035),
}

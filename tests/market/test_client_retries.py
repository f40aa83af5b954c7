"""When the OpenRouter client asks again, how often and how long."""

import asyncio
from datetime import timedelta
from statistics import mean

import httpx
import pytest

from bot.errors import APIError, OpenRouterError, UnreachableError
from bot.market.client import CallOptions, Retries
from bot.operations.sample import PATH
from tests.fakes.transport import Wire

SAMPLE = PATH.read_bytes()
PATIENT = CallOptions(retries=Retries())
SECOND = timedelta(seconds=1)


async def ask(wire: Wire, options: CallOptions | None = PATIENT) -> None:
    async with wire.client() as client:
        await client.get_task_classifications(options=options)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
async def test_a_server_error_is_asked_again(status: int) -> None:
    """Until there is an answer."""
    wire = Wire()
    wire.answer_in_turn(*[httpx.Response(status)] * 3, httpx.Response(200, content=SAMPLE))
    await ask(wire)

    assert 4 == len(wire.requests)
    assert 3 == len(wire.naps)


@pytest.mark.parametrize("foreign", [httpx.ConnectError("x"), httpx.ReadError("x"), httpx.ReadTimeout("x")], ids=repr)
async def test_a_transport_error_is_asked_again(foreign: Exception) -> None:
    """A time-out too."""
    wire = Wire()
    wire.answer_in_turn(foreign, httpx.Response(200, content=SAMPLE))
    await ask(wire)

    assert 2 == len(wire.requests)


@pytest.mark.parametrize(
    "answer",
    [
        *(httpx.Response(status) for status in (204, 301, 400, 401, 403, 404, 408, 418, 429)),
        httpx.Response(200, text="<html>"),
    ],
    ids=repr,
)
async def test_nothing_else_is_asked_again(answer: httpx.Response) -> None:
    """Neither what the client did wrong, nor the quota, nor garbage."""
    wire = Wire(lambda _: answer)
    with pytest.raises(OpenRouterError):
        await ask(wire)

    assert 1 == len(wire.requests)
    assert [] == wire.naps


async def test_a_call_does_not_ask_again_unless_it_is_told_to() -> None:
    """The quota's ledger counts requests, so nobody may make them behind its back."""
    wire = Wire(lambda _: httpx.Response(503))
    with pytest.raises(APIError):
        await ask(wire, None)

    assert 1 == len(wire.requests)


async def test_a_retry_waits_as_long_as_it_was_asked_to() -> None:
    """Beyond its own ceiling; if that is later than any retry may start, there is none."""
    wire = Wire()
    wire.answer_in_turn(
        httpx.Response(503, headers={"Retry-After": "70"}),
        httpx.Response(503, headers={"Retry-After": "1800"}),
    )
    with pytest.raises(APIError, match="503"):
        await ask(wire)

    assert [70] == wire.naps


@pytest.mark.parametrize("count", [0, 1, 5])
async def test_it_gives_up_after_so_many(count: int) -> None:
    """The last error is the one that is told."""
    wire = Wire(lambda _: httpx.Response(503))
    with pytest.raises(APIError, match="503"):
        await ask(wire, CallOptions(retries=Retries(count=count)))

    assert count + 1 == len(wire.requests)


async def test_the_waits_are_jittered_below_a_ceiling_that_grows() -> None:
    """500 ms, by 1.5 each time, up to the longest; anything from nothing to the ceiling."""
    retries = Retries(count=12, longest=10 * SECOND, budget=timedelta(days=1))
    ceilings = [min(10, 0.5 * 1.5**n) for n in range(12)]
    assert pytest.approx(ceilings) == [retries.ceiling(n).total_seconds() for n in range(12)]

    wire = Wire(lambda _: httpx.Response(500))
    for _ in range(40):
        with pytest.raises(OpenRouterError):
            await ask(wire, CallOptions(retries=retries))
    fractions = [nap / ceilings[n % 12] for n, nap in enumerate(wire.naps)]
    assert 40 * 12 == len(fractions)
    assert 0 <= min(fractions) < 0.1
    assert 0.9 < max(fractions) <= 1.001
    assert 0.4 < mean(fractions) < 0.6


def test_the_longest_wait_is_a_minute() -> None:
    """Even the hundredth retry waits no longer."""
    assert timedelta(seconds=60) == Retries().ceiling(100)


@pytest.mark.parametrize("budget", [5 * SECOND, timedelta(minutes=2)], ids=str)
async def test_no_retry_starts_after_the_time_is_up(monkeypatch: pytest.MonkeyPatch, budget: timedelta) -> None:
    """However many there might be, they are bounded in time as well."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    passed = 0.0
    starts: list[float] = []

    def refuse(_: httpx.Request) -> httpx.Response:
        starts.append(passed)
        raise httpx.ConnectError("refused")

    async def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    with monkeypatch.context() as patched:
        patched.setattr(loop, "time", lambda: start + passed)
        async with Wire(refuse).client(sleep=sleep) as client:
            with pytest.raises(UnreachableError):
                await client.get_task_classifications(options=CallOptions(retries=Retries(count=500, budget=budget)))

    assert 2 <= len(starts) < 500
    assert max(starts) <= budget.total_seconds()


async def test_each_retry_carries_the_same_request() -> None:
    """Window, key and headers are those of the first."""
    wire = Wire()
    wire.answer_in_turn(httpx.Response(500), httpx.Response(200, content=SAMPLE))
    await ask(wire)

    first, second = wire.requests
    assert first.url == second.url
    assert first.headers == second.headers

"""Each fault acts before or after a request takes effect, as documented."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest

from tests.wire.faults import Fault
from tests.wire.openrouter import OpenRouterStandIn
from tests.wire.plain import Scene, open_scene

if TYPE_CHECKING:
    from tests.wire.exchange import Received

POSTS = "/channels/*/messages"


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with open_scene(monkeypatch) as opened:
        yield opened
        assert [] == opened.server.unknown_requests


async def test_refused_before_acceptance_nothing_happens(scene: Scene) -> None:
    """An error answer, and no message."""
    scene.server.arm("POST", POSTS, Fault.before_accept(403, 50001))
    with pytest.raises(discord.Forbidden) as caught:
        await scene.target.send("one")

    assert 50001 == caught.value.code
    assert [] == scene.server.messages.in_channel(scene.channel)


async def test_refused_after_acceptance_it_happened(scene: Scene) -> None:
    """An error answer, but the message exists."""
    scene.server.arm("POST", POSTS, Fault.after_accept(503))
    with pytest.raises(discord.DiscordServerError):
        await scene.target.send("one")

    assert 1 == len(scene.server.messages.in_channel(scene.channel))


async def test_rate_limit_is_waited_out(scene: Scene) -> None:
    """The client takes the 429 as Discord's own and retries by itself."""
    scene.server.arm("POST", POSTS, Fault.rate_limited(0.01))
    await scene.target.send("one")

    assert 2 == len(scene.server.find_requests("POST", POSTS))
    assert 1 == len(scene.server.messages.in_channel(scene.channel))


async def test_lost_answer_happened(scene: Scene) -> None:
    """The connection closes without an answer, and the message exists."""
    scene.server.arm("POST", POSTS, Fault.lost_answer())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await scene.target.send("one")

    assert 1 == len(scene.server.messages.in_channel(scene.channel))


@pytest.mark.parametrize(("accepted", "count"), [(False, 0), (True, 1)])
async def test_reset_is_a_reset(scene: Scene, accepted: bool, count: int) -> None:  # noqa: FBT001 (a parameter of the test)
    """The client sees errno 104, before or after the request takes effect."""
    scene.server.arm("POST", POSTS, Fault.reset(accepted=accepted))
    with pytest.raises(OSError, match="reset by peer") as caught:
        await scene.target.send("one")

    assert 104 == caught.value.errno
    assert count == len(scene.server.messages.in_channel(scene.channel))


async def test_hang_lasts_until_its_event(scene: Scene) -> None:
    """The request waits while it hangs, and then continues."""
    let_go = asyncio.Event()
    scene.server.arm("POST", POSTS, Fault.hang(let_go))
    sending = asyncio.create_task(scene.target.send("one"))
    await scene.server.wait_for_request("POST", POSTS)
    before = scene.server.messages.in_channel(scene.channel)
    let_go.set()
    await sending

    assert [] == before
    assert 1 == len(scene.server.messages.in_channel(scene.channel))


async def test_hang_ends_with_the_standin() -> None:
    """A hanging request does not delay the end of a test."""
    async with aiohttp.ClientSession() as session:
        async with OpenRouterStandIn(b"{}") as server:
            server.arm("GET", "/models", Fault.hang())
            asking = asyncio.create_task(session.get(f"{server.base_url}/models"))
            await server.wait_for_request("GET", "/models")
        with pytest.raises(aiohttp.ClientConnectionError):
            await asking


async def test_slow_answer_happened_at_once(scene: Scene) -> None:
    """The message exists before its answer arrives."""
    scene.server.arm("POST", POSTS, Fault.slow(0.05))
    sending = asyncio.create_task(scene.target.send("one"))
    await scene.server.wait_for_request("POST", POSTS)
    there = len(scene.server.messages.in_channel(scene.channel))
    was_answered = sending.done()
    await sending

    assert (1, False) == (there, was_answered)


async def test_fault_waits_for_its_turn(scene: Scene) -> None:
    """`after` lets requests pass, and a watcher does not use up a fault."""
    seen: list[Received] = []
    scene.server.arm("POST", POSTS, Fault.on_accepted(seen.append), count=None)
    scene.server.arm("POST", POSTS, Fault.after_accept(503), after=1)
    await scene.target.send("one")
    with pytest.raises(discord.DiscordServerError):
        await scene.target.send("two")
    await scene.target.send("three")

    assert ["one", "two", "three"] == [received.json["content"] for received in seen]


async def test_unknown_operation_is_recorded(scene: Scene) -> None:
    """An unsupported operation gets a 404 and is recorded."""
    with pytest.raises(discord.NotFound):
        await scene.client.fetch_user(1)
    paths = [received.path for received in scene.server.unknown_requests]
    scene.server.unknown_requests.clear()

    assert ["/users/1"] == paths

"""`GET /health`: whether this process can do its work; what others fail to do is not its fault."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from bot.health import serving_health
from bot.running import find_trouble
from tests.real_run import free_port

STOPPED = "Discord refused the bot's token."


def bot_like(*, has_session: bool, standstill: str | None) -> Any:
    """All of a bot that its health depends on: there is no market in it, so late data cannot matter."""
    return SimpleNamespace(has_session=has_session, desk=SimpleNamespace(poster=SimpleNamespace(standstill=standstill)))


@pytest.mark.parametrize(
    ("has_session", "standstill", "expected"),
    [
        (True, None, (200, {"ready": True, "trouble": None})),
        (False, None, (503, {"ready": False, "trouble": "there is no session with Discord's gateway"})),
        (True, STOPPED, (503, {"ready": False, "trouble": STOPPED})),
    ],
)
async def test_trouble_is_said(*, has_session: bool, standstill: str | None, expected: object) -> None:
    """To a machine by the status, and to its operator in words."""
    port, bot = free_port(), bot_like(has_session=has_session, standstill=standstill)
    async with (
        serving_health(port, find_trouble=lambda: find_trouble(bot)),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/health") as answer,
    ):
        assert expected == (answer.status, await answer.json())

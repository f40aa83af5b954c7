"""`GET /health`: whether this process can work; failures of others do not count."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from bot.autopost.codes import Problem, ProblemCode
from bot.operations.health import serving_health
from bot.running import find_trouble
from tests.real_run import free_port

STOPPED = "Discord does not accept my login, so I cannot post. Posting resumes by itself once it does."


NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
STUCK = "the poster has not run since 12:00:00 UTC: see the log"


def bot_like(*, has_session: bool, stopped_by: bool) -> Any:
    """The parts of a bot that its health depends on; it has no market, so late data cannot matter."""
    problem = Problem(ProblemCode.TOKEN_REFUSED) if stopped_by else None
    poster = SimpleNamespace(stopped_by=problem, looked_at=NOON)
    return SimpleNamespace(has_session=has_session, autoposts=SimpleNamespace(poster=poster))


@pytest.mark.parametrize(
    ("has_session", "stopped_by", "minutes", "expected"),
    [
        (True, False, 1, (200, {"ready": True, "trouble": None})),
        (False, False, 1, (503, {"ready": False, "trouble": "no session with Discord's gateway"})),
        (True, True, 1, (503, {"ready": False, "trouble": STOPPED})),
        (True, False, 6, (503, {"ready": False, "trouble": STUCK})),
    ],
)
async def test_trouble_is_reported(*, has_session: bool, stopped_by: bool, minutes: int, expected: object) -> None:
    """By the status, and in words; a stalled poster is trouble too."""
    port, bot = free_port(), bot_like(has_session=has_session, stopped_by=stopped_by)
    async with (
        serving_health(port, find_trouble=lambda: find_trouble(bot, clock=lambda: NOON + timedelta(minutes=minutes))),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/health") as answer,
    ):
        assert expected == (answer.status, await answer.json())

from datetime import UTC, datetime, timedelta

import pytest
from discord.http import handle_message_parameters

from bot.market.editions import Edition
from bot.presentation.about import PRIVACY, make_about
from tests.discord_description import Operation, assert_valid_body
from tests.discord_description.samples import MENTIONS_OFF, sent
from tests.odd_snapshots import snapshot_of, task

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def said(edition: Edition, now: datetime = NOON) -> str:
    """All that stands in the embed."""
    embed = make_about(edition, now=now, version="1.2.3")
    fields = "\n".join(f"{field.name}: {field.value}" for field in embed.fields)
    return f"{embed.title}\n{embed.description}\n{fields}\n{embed.footer.text}"


@pytest.mark.parametrize(
    "expected",
    [
        "sample",
        "classifies",
        "Window: the last 7 days",
        "As of: 2026-08-31 (UTC), 1 day ago",
        "Version: 1.2.3",
        "CC BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        "not affiliated with OpenRouter",
        "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-31. Licensed under CC BY 4.0.",
    ],
)
def test_about_says_what_the_numbers_are(sample: Edition, expected: str) -> None:
    """The sample, the window, the date, the source, the licence and the version."""
    assert expected in said(sample)


@pytest.mark.parametrize(("days", "expected"), [(0, "1 day ago"), (1, "2 days ago"), (30, "31 days ago")])
def test_about_says_how_old_the_numbers_are(sample: Edition, days: int, expected: str) -> None:
    """Counted in days of UTC."""
    assert expected in said(sample, NOON + timedelta(days=days))


def test_a_clock_that_is_behind_makes_no_negative_age(sample: Edition) -> None:
    """The age is never below zero."""
    assert "0 days ago" in said(sample, NOON - timedelta(days=5))


def test_privacy_says_that_nothing_is_stored_about_people() -> None:
    """In its first sentence."""
    assert PRIVACY.startswith("The bot stores nothing about people")


async def test_discord_takes_it() -> None:
    """Whatever the snapshot holds."""
    embed = make_about(Edition(snapshot_of([task("x")], days=10**9)), now=NOON, version="1" * 100)
    body, files = sent(handle_message_parameters(embed=embed, allowed_mentions=MENTIONS_OFF))
    assert_valid_body(Operation.CREATE_MESSAGE, body, files=files)

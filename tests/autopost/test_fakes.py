"""The stores in memory pass the same tests as the real ones."""

import pytest

from tests.autopost.fakes import FakeOutbox, FakePlans
from tests.storage.test_outbox import NOON, REQUEST, Autoposts, TestClaim, TestSent, TestTakingOver
from tests.storage.test_plan_store import TestEnding, TestKeeping, TestLooking

__all__ = ["TestClaim", "TestEnding", "TestKeeping", "TestLooking", "TestSent", "TestTakingOver"]


@pytest.fixture
def plans() -> FakePlans:
    """No plans yet."""
    return FakePlans()


@pytest.fixture
async def autoposts(plans: FakePlans) -> Autoposts:
    """A plan without posts."""
    return Autoposts(plans, FakeOutbox(plans), await plans.add(REQUEST, now=NOON))

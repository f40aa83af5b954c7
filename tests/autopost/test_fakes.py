"""The stores in memory keep the promises of the real ones: the very same tests, on them."""

import pytest

from tests.autopost.fakes import FakeOutbox, FakePlans
from tests.storage.test_outbox import NOON, REQUEST, Desk, TestClaim, TestSent, TestTakingOver
from tests.storage.test_plans import TestEnding, TestKeeping, TestLooking

__all__ = ["TestClaim", "TestEnding", "TestKeeping", "TestLooking", "TestSent", "TestTakingOver"]


@pytest.fixture
def plans() -> FakePlans:
    """No plans yet."""
    return FakePlans()


@pytest.fixture
async def desk(plans: FakePlans) -> Desk:
    """A plan without posts."""
    return Desk(plans, FakeOutbox(plans), await plans.add(REQUEST, now=NOON))

"""The bot in a simulated Discord: with the sample's older snapshot, at noon of the next day, and users in a channel."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, closing
from typing import Any

import pytest
import simcord
from simcord.http import router

from bot.app.bot import RankingsBot, Shards
from bot.app.gallery import CardMaker, Gallery, Market
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.operations.sample import load_snapshots
from bot.presentation.cards import NO_GLYPHS, Card, make_card
from bot.presentation.pictures.fonts import Glyphs
from bot.running import open_autoposts
from bot.storage.database import Database, open_database
from tests.cogs.scene import NOON, EmptyMarket, Scene, Sent, StoredMarket
from tests.discord_description import assert_valid_body
from tests.fakes.drawer import FakeDrawer
from tests.fakes.postgres import PostgresServer, running_postgres
from tests.wire.bell import PATIENCE

SHARED = {"story", "postgres"}
"""Fixtures that take seconds to make."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests that share a slow fixture first, for one xdist worker, and spread the slow tests."""
    used = {item: set(getattr(item, "fixturenames", ())) for item in items}
    first = [item for item in items if used[item] & SHARED]
    waiting = [item for item in items if "sandbox" in used[item] - SHARED]
    others = [item for item in items if not used[item] & {"sandbox", *SHARED}]
    spread = [(place / len(some), item) for some in (waiting, others) for place, item in enumerate(some)]
    items[:] = first + [item for _, item in sorted(spread, key=lambda placed: placed[0])]


def pytest_collection_finish() -> None:
    """Hide the imported modules from the garbage collector, because they live as long as the tests."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _settle_soon() -> Iterator[None]:
    """Let simcord look more often whether the bot is done, and not give up on it while the machine is busy.

    By itself it makes a verb 50 ms slower than the bot, and calls a bot stuck that has waited 5 s for its turn.
    """
    settle = simcord.Env._settle_internal

    async def settle_soon(env: simcord.Env, **usual: Any) -> None:
        await settle(env, **{**usual, "timeout": PATIENCE, "idle": 0.002})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simcord.Env, "_settle_internal", settle_soon)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The tests' own PostgreSQL."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sample() -> Edition:
    """The edition of the sample's older day, which has none to compare with."""
    return Edition(load_snapshots()[0])


@pytest.fixture
def stored_market(sample: Edition) -> StoredMarket:
    """A market that has the sample."""
    return StoredMarket(sample)


@pytest.fixture
def market(stored_market: StoredMarket) -> Market:
    """The market that the bot gets; tests override it for another one."""
    return stored_market


@pytest.fixture
def empty_market(sample: Edition) -> EmptyMarket:
    """A market that has no data yet."""
    return EmptyMarket(sample)


@pytest.fixture(scope="session")
def make() -> CardMaker:
    """Makes each card once for all tests, because a card is a value."""
    made: dict[object, Card] = {}

    def make_once(board: Board, edition: Edition, *, age: int | None, glyphs: Glyphs = NO_GLYPHS) -> Card:
        key = (board, edition.key, age, *glyphs)
        if key not in made:
            made[key] = make_card(board, edition, age=age, glyphs=glyphs)
        return made[key]

    return make_once


@pytest.fixture
def gallery(market: Market, make: CardMaker) -> Iterator[Gallery]:
    """The cards of the market, at noon."""
    with closing(Gallery(market, drawer=FakeDrawer(), clock=lambda: NOON, make=make)) as opened:
        yield opened


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    """An in-memory database for this test."""
    async with open_database("sqlite://") as opened:
        yield opened


@pytest.fixture(scope="session")
def allowed() -> set[str]:
    """Requests that were validated already, so that none is validated twice."""
    return set()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, allowed: set[str]) -> Iterator[list[Sent]]:
    """All requests to the simulated Discord; at the end, each body must pass Discord's description."""
    requests: list[Sent] = []
    dispatch = router.dispatch

    def listening_dispatch(backend: Any, method: str, path: str, **request: Any) -> Any:
        files = tuple(file.filename for file in request.get("files") or ())
        requests.append(Sent(method, path, request.get("json"), files))
        answer = dispatch(backend, method, path, **request)
        if method == "DELETE" and path.endswith("/messages/@original"):
            # A followup after a deleted placeholder is a new message (discord-api-docs#2739), but simcord refuses it.
            backend.interaction_by_token(path.split("/")[3]).complete_deferred()
        return answer

    monkeypatch.setattr(router, "dispatch", listening_dispatch)
    yield requests
    for request in requests:
        if request.operation is not None and request.fingerprint not in allowed:
            assert_valid_body(request.operation, request.body, files=request.files)
            allowed.add(request.fingerprint)


@pytest.fixture
def privacy_url() -> str | None:
    """The operator has no privacy policy of their own."""
    return None


@pytest.fixture
async def make_bot(
    gallery: Gallery, database: Database, privacy_url: str | None, sent: list[Sent]
) -> AsyncIterator[Callable[[], RankingsBot]]:
    """Makes the bot, and more of them for restarts; closes all at the end, because simcord does not."""
    async with AsyncExitStack() as stack:

        def make_one() -> RankingsBot:
            bot = RankingsBot(gallery=gallery, shards=Shards(1), privacy_url=privacy_url)
            bot.autoposts = open_autoposts(bot, database, clock=gallery.clock)
            stack.push_async_callback(bot.close)
            return bot

        yield make_one


@pytest.fixture
def simcord_bot(make_bot: Callable[[], RankingsBot]) -> RankingsBot:
    """The bot that `simcord_env` starts."""
    return make_bot()


@pytest.fixture
def scene(simcord_env: simcord.Env, sent: list[Sent], make_bot: Callable[[], RankingsBot]) -> Scene:
    """A server with a channel, a user and a guest."""
    guild = simcord_env.create_guild("Language model friends")
    return Scene(
        env=simcord_env,
        channel=guild.create_text_channel("rankings"),
        asker=guild.add_member(simcord_env.create_user("asker")),
        guest=guild.add_member(simcord_env.create_user("guest")),
        sent=sent,
        make_bot=make_bot,
    )

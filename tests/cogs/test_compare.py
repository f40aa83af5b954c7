"""`/rankings compare` as users use it, and posts of comparisons; also after a restart, by keys in the database."""

import csv
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, closing
from io import StringIO

import pytest
import sqlalchemy as sa
from simcord.results import ResponseMessage

from bot.app.bot import RankingsBot, Shards
from bot.app.gallery import CardMaker, Gallery, Market
from bot.market.editions import Edition
from bot.running import open_autoposts
from bot.storage.board_keys import BoardKeyStore
from bot.storage.database import Database
from tests.cogs.autoposts import Autoposts, as_read
from tests.cogs.scene import Scene, Sent, StoredMarket, answer_of, private_sentence_of
from tests.fakes.clock import FakeClock
from tests.fakes.drawer import FakeDrawer
from tests.odd_snapshots import model, snapshot_of, task

LUNA, FLASH = "openai/gpt-5.6-luna-20260709", "deepseek/deepseek-v4-flash-20260731"
LONG = [f"maker/{name * 90}" for name in "abcd"]
GUIDE = "How to read this"


@pytest.fixture
async def make_bot(
    market: Market, make: CardMaker, clock: FakeClock, database: Database, sent: list[Sent]
) -> AsyncIterator[Callable[[], RankingsBot]]:
    """Makes bots like new processes: all that they share is the database."""
    async with AsyncExitStack() as stack:

        def make_one() -> RankingsBot:
            keys = BoardKeyStore(database)
            gallery = stack.enter_context(
                closing(Gallery(market, drawer=FakeDrawer(), board_keys=keys, clock=clock, make=make))
            )
            bot = RankingsBot(gallery=gallery, shards=Shards(1))
            bot.autoposts = open_autoposts(bot, database, clock=clock)
            stack.push_async_callback(bot.close)
            return bot

        yield make_one


def text_of(message: ResponseMessage) -> str:
    """The description of a message's embed, as people read it."""
    (embed,) = message.embeds
    return as_read(embed.description or "").replace("**", "").replace("\u00a0", " ")


class TestCommand:
    async def test_models_are_compared_task_by_task(self, scene: Scene) -> None:
        """By names or choices, with who is ahead first, and the picture."""
        shown = await scene.show("compare", first="GPT-5.6 Luna", second=f"model:{FLASH}")

        assert "GPT-5.6 Luna and DeepSeek V4 Flash 07-31" == shown.embeds[0].title
        assert "DeepSeek V4 Flash 07-31 is ahead in 23 of 29 tasks, GPT-5.6 Luna in 6." in text_of(shown)
        assert "Data Transformation GPT-5.6 Luna ahead with 15.6 %, DeepSeek V4 Flash 07-31 7.3 %" in text_of(shown)
        assert [shown.embeds[0].image.url] == [f"attachment://{file.filename}" for file in shown.attachments]

    async def test_tasks_are_compared_by_tokens(self, scene: Scene) -> None:
        """Up to four."""
        options = {"first": "Debugging", "second": "translation", "third": "math", "fourth": "Code Generation (Code)"}
        shown = await scene.show("compare", **options, metric="tokens")

        assert "Debugging, Translation, Math and Code Generation" == shown.embeds[0].title
        assert "Each model's share of the tasks' tokens, last 7 days" in text_of(shown)

    async def test_what_cannot_be_compared_is_said_privately(self, scene: Scene) -> None:
        """Mixed kinds, the same twice, and names of nothing."""
        refused = {
            "A comparison is of models or of tasks. Choose all of one kind.": {"first": "luna", "second": "Debugging"},
            "That compares something with itself. Choose different models, or different tasks.": {
                "first": "luna",
                "second": LUNA,
            },
            "There is no model called “gpt-5.6 lunar” in the data. Try one of these: GPT-5.6 Luna": {
                "first": LUNA,
                "second": "gpt-5.6 lunar",
            },
        }
        for said, options in refused.items():
            assert as_read(await scene.ask_in_vain("compare", **options)).startswith(said)

    async def test_after_the_first_only_its_kind_is_offered(self, scene: Scene) -> None:
        """Models and tasks for the first, and tasks after a task, also for the fourth."""
        first = [choice["value"] for choice in await scene.complete("compare", "first", "code")]
        assert {"task", "model"} >= {value.partition(":")[0] for value in first} >= {"task"}
        for option in ("second", "third", "fourth"):
            for chosen, kind in ((f"model:{LUNA}", "model"), ("Debugging", "task")):
                offered = await scene.asker.autocomplete(scene.channel, "rankings compare", option, "", first=chosen)
                assert {kind} == {choice["value"].partition(":")[0] for choice in offered}


class TestAutopost:
    async def test_names_with_vs_are_offered_planned_listed_and_posted(self, autoposts: Autoposts) -> None:
        """The choice for what was typed is the comparison that it means."""
        typed = "luna vs deepseek v4 flash 07-31"
        offered = await autoposts.offered("add", "board", typed)
        assert [typed, f"{typed}/tokens"] == [choice["value"] for choice in offered]
        await autoposts.add(board=offered[1]["value"], time=None)
        assert "GPT-5.6 Luna and DeepSeek V4 Flash 07-31, by tokens" in as_read(await autoposts.listed())

        async with autoposts.posting():
            await autoposts.pass_time(hours=13)
        (posted,) = autoposts.posts()
        assert "GPT-5.6 Luna and DeepSeek V4 Flash 07-31" == posted.embeds[0].title
        assert "ahead in" in as_read(posted.content)

    async def test_mixed_kinds_are_offered_as_nothing_and_refused(self, autoposts: Autoposts) -> None:
        """With the sentence of the command."""
        assert [] == await autoposts.offered("add", "board", "luna vs Debugging")
        assert "A comparison is of models or of tasks. Choose all of one kind." == await autoposts.refuse_to_add(
            board="luna vs Debugging"
        )


class TestShortKeys:
    @pytest.fixture
    def market(self) -> Market:
        """Four models with long ids in two tasks."""
        tasks = [task(f"t{n}", f"Task {n}", models=[model(each, 0.1 * n, 0.2) for each in LONG[::n]]) for n in (1, 2)]
        return StoredMarket(Edition(snapshot_of(tasks)))

    async def test_all_controls_work_after_a_restart(self, scene: Scene, market: StoredMarket) -> None:
        """The other metric, the data, and the guide, also if newer data lacks a model; then it says so."""
        shown = answer_of(
            await scene.ask("compare", **dict(zip(("first", "second", "third", "fourth"), LONG, strict=True)))
        )
        title = shown.embeds[0].title
        await scene.restart()
        told = answer_of(await scene.guest.click(shown, label="data"))
        (file,) = told.attachments
        records = list(csv.DictReader(StringIO((await file.read()).decode("utf-8-sig"))))
        assert (8, set(LONG)) == (len(records), {record["id"] for record in records})
        told = answer_of(await scene.guest.click(shown, label=GUIDE))
        assert "Share of each task's requests" in text_of(told)

        await scene.restart()
        left = [task("t1", "Task 1", models=[model(each) for each in LONG[:3]])]
        market.edition = Edition(snapshot_of(left, as_of="2026-09-01"))
        await scene.asker.click(shown, label="by tokens")
        assert title == shown.embeds[0].title
        assert "not in the top 3" in text_of(shown)
        await scene.restart()
        await scene.asker.click(shown, label="by requests")
        assert "Share of each task's requests" in text_of(shown)

    async def test_failing_database_costs_the_controls_and_not_the_card(
        self, scene: Scene, database: Database, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The log says so, and who clicks after a restart gets a sentence."""
        async with database.transaction() as connection:
            await connection.execute(sa.text("ALTER TABLE board_keys RENAME TO lost"))
        shown = answer_of(await scene.ask("compare", first=LONG[0], second=LONG[1]))
        assert "Task 1" in text_of(shown)
        assert "Controls of a card may stop working after a restart" in caplog.text

        await scene.restart()
        said = private_sentence_of(await scene.asker.click(shown, label="by tokens"))
        assert "My database is not responding. Try again in a few minutes." == said
        assert "Task 1" in text_of(shown)

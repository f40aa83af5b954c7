"""What a user is told when something goes wrong: one private sentence, never a traceback, and nothing hangs."""

import asyncio
import logging
import re

import pytest

from bot.app.gallery import Maker, Market
from bot.errors import RankingsBotError, SettingsError, StorageError, UnauthorizedError, UnreachableError
from bot.market.boards import Board, Metric
from bot.market.editions import Edition
from bot.presentation.cards import NO_GLYPHS, Card
from bot.presentation.error_texts import error_sentence
from bot.presentation.pictures.fonts import Glyphs
from tests.cogs.scene import ANSWER, CITATION, THINKING, EmptyMarket, Scene, answer_of, private_sentence_of

CALLBACK = "/interactions/*/*/callback"
ORIGINAL = "/webhooks/*/*/messages/@original"
UNAVAILABLE = "The rankings cannot be loaded right now. Try again in a few minutes."

NUMBER = re.compile(r"If it happens again, report the number ([0-9a-f]{8})\.")


def number_in(sentence: str) -> str:
    """The number under which the operator finds what happened."""
    found = NUMBER.search(sentence)
    assert found is not None, sentence
    return found[1]


def tracebacks_of(caplog: pytest.LogCaptureFixture, number: str) -> list[str]:
    """The errors that were logged under a number, with their tracebacks."""
    return [
        logging.Formatter().formatException(record.exc_info)
        for record in caplog.records
        if number in record.getMessage() and record.levelno == logging.ERROR and record.exc_info
    ]


class TestUnexpected:
    """An error that nobody foresaw, here in the making of each card by tokens."""

    @pytest.fixture
    def make(self, make: Maker) -> Maker:
        def make_some(board: Board, edition: Edition, *, age: int | None, glyphs: Glyphs = NO_GLYPHS) -> Card:
            if board.metric is Metric.TOKENS:
                raise ZeroDivisionError(f"a secret of {board}")
            return make(board, edition, age=age)

        return make_some

    async def test_user_gets_a_number_and_the_log_its_traceback(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The user learns a number and nothing else; under it the log has all."""
        said = await scene.ask_in_vain("code", metric="tokens")

        assert "secret" not in said
        (traceback,) = tracebacks_of(caplog, number_in(said))
        assert "ZeroDivisionError: a secret of code/tokens" in traceback

    async def test_click_is_answered_so_too(self, scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
        """A click that fails leaves the card as it is, and whoever clicked gets a number, privately."""
        shown = await scene.show("code")
        embed = shown.embeds[0]
        for actor in (scene.asker, scene.guest):
            said = private_sentence_of(await actor.click(shown, label="by tokens"))
            assert 1 == len(tracebacks_of(caplog, number_in(said)))

        assert embed == shown.embeds[0]


class TestKnown:
    @pytest.fixture
    def market(self, empty_market: EmptyMarket) -> Market:
        """Nothing was fetched yet."""
        return empty_market

    @pytest.mark.parametrize(
        ("command", "options"), [("overview", {}), ("task", {"task": "debugging"}), ("model", {"model": "luna"})]
    )
    async def test_error_is_private_after_a_public_deferral(
        self, scene: Scene, empty_market: EmptyMarket, command: str, options: dict[str, str]
    ) -> None:
        """The announcement that everybody saw is taken away; the sentence is for who asked alone."""
        empty_market.error = UnreachableError("OpenRouter cannot be reached.")
        before = len(scene.sent)

        assert UNAVAILABLE == await scene.ask_in_vain(command, **options)
        assert [("POST", THINKING), ("DELETE", None), ("POST", None)] == scene.steps_since(before)

    @pytest.mark.parametrize(
        "error",
        [
            StorageError(operator="The database cannot be used (Connect call failed ('127.0.0.1', 9))."),
            UnauthorizedError(401, operator="OpenRouter does not accept the key (401): check OPENROUTER_API_KEY."),
            SettingsError("DATABASE_URL names no host that ('127.0.0.1', 9) knows."),
        ],
        ids=lambda error: type(error).__name__,
    )
    async def test_operator_reads_in_the_log_what_the_user_is_spared(
        self, scene: Scene, empty_market: EmptyMarket, caplog: pytest.LogCaptureFixture, error: RankingsBotError
    ) -> None:
        """A user learns what to do, and of no address, setting or status."""
        empty_market.error = error

        said = await scene.ask_in_vain("code")
        assert error_sentence(error) == said
        assert not re.search(r"127|_|\(|401|database cannot", said)
        assert f"A command failed: {error.operator_sentence}" in caplog.messages

    async def test_next_command_works_once_the_trouble_is_over(self, scene: Scene, empty_market: EmptyMarket) -> None:
        """Nothing of a failure is kept."""
        empty_market.error = UnreachableError("OpenRouter cannot be reached.")
        await scene.ask_in_vain("code")
        empty_market.error = None

        assert CITATION == (await scene.show("code")).embeds[0].footer.text

    async def test_slow_source_keeps_nobody_else_waiting(self, scene: Scene, empty_market: EmptyMarket) -> None:
        """Who asks while the first data is under way sees at once that the bot is at it, and gets the card later."""
        arrived = asyncio.Event()
        empty_market.arrival = lambda: scene.env.external_wait(arrived.wait(), reason="OpenRouter takes its time")
        before = len(scene.sent)
        results = [
            await scene.ask("code"),
            await scene.guest.slash(scene.channel, "rankings code"),
            await scene.asker.slash(scene.channel, "about"),
        ]
        assert [("POST", THINKING)] * 3 == scene.steps_since(before)

        arrived.set()
        await scene.env.settle()
        assert [CITATION] * 3 == [answer_of(result).embeds[0].footer.text for result in results]


class TestDiscordFails:
    async def test_failed_answer_is_told_with_a_number(self, scene: Scene) -> None:
        """Discord refuses the card with a 500: the user is told that something went wrong, privately."""
        await scene.ask("code")
        scene.env.inject_error("POST", CALLBACK, status=500)
        before = len(scene.sent)

        assert number_in(await scene.ask_in_vain("code"))
        assert [("POST", ANSWER), ("POST", ANSWER)] == scene.steps_since(before)

    async def test_failed_edit_takes_the_announcement_away(self, scene: Scene) -> None:
        """The card of a deferred command is refused: nobody is left with an announcement of nothing."""
        scene.env.inject_error("PATCH", ORIGINAL, status=500)

        assert number_in(await scene.ask_in_vain("code"))

    async def test_sentence_is_said_even_if_the_announcement_is_gone_already(self, scene: Scene) -> None:
        """A moderator was faster: who asked is told nevertheless."""
        scene.env.inject_error("PATCH", ORIGINAL, status=500)
        scene.env.inject_error("DELETE", ORIGINAL, status=404, code=10008)
        await scene.ask("code")

        assert scene.env.errors
        assert ("POST", None) == scene.sent[-1].step
        assert number_in(scene.sent[-1].body["content"])

    @pytest.mark.parametrize(("status", "code"), [(404, 10062), (400, 40060)])
    async def test_interaction_that_ran_out_is_left_alone(
        self, scene: Scene, caplog: pytest.LogCaptureFixture, status: int, code: int
    ) -> None:
        """Too late or answered already: there is nobody to tell, so one warning and no further request."""
        await scene.ask("code")
        scene.env.inject_error("POST", CALLBACK, status=status, code=code)
        before = len(scene.sent)
        await scene.ask("code")

        assert 1 == len(scene.steps_since(before))
        assert scene.env.errors
        warnings = [record.getMessage() for record in caplog.records if record.name == "bot.app.bot"]
        assert f"An interaction could not be answered in time ({code})" == warnings[-1]

    async def test_discord_that_refuses_everything_leaves_the_bot_standing(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither the card nor the sentence gets through: a line in the log, and the next command works."""
        scene.env.inject_error("POST", CALLBACK, status=503, times=2)
        await scene.ask("code")

        assert scene.env.errors
        assert "An error could not be told to its user" in caplog.text
        assert "Code" == (await scene.show("code")).embeds[0].title

    async def test_failed_click_leaves_the_card(self, scene: Scene) -> None:
        """The switch is refused: the card stays, and who clicked is told."""
        shown = await scene.show("code")
        await scene.asker.click(shown, label="by tokens")
        await scene.asker.click(shown, label="by requests")
        embed = shown.embeds[0]
        scene.env.inject_error("POST", CALLBACK, status=500)
        said = private_sentence_of(await scene.asker.click(shown, label="by tokens"))

        assert number_in(said)
        assert embed == shown.embeds[0]

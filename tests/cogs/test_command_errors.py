"""What users see when something fails: one private sentence, and never a traceback or a hanging command."""

import asyncio
import logging
import re

import pytest

from bot.app.gallery import CardMaker, Market
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
    """The incident number in a sentence."""
    found = NUMBER.search(sentence)
    assert found is not None, sentence
    return found[1]


def tracebacks_of(caplog: pytest.LogCaptureFixture, number: str) -> list[str]:
    """The errors that were logged with an incident number."""
    return [
        logging.Formatter().formatException(record.exc_info)
        for record in caplog.records
        if number in record.getMessage() and record.levelno == logging.ERROR and record.exc_info
    ]


class TestUnexpected:
    """An unexpected error, here during the making of each card by tokens."""

    @pytest.fixture
    def make(self, make: CardMaker) -> CardMaker:
        def make_some(board: Board, edition: Edition, *, age: int | None, glyphs: Glyphs = NO_GLYPHS) -> Card:
            if board.metric is Metric.TOKENS:
                raise ZeroDivisionError(f"a secret of {board}")
            return make(board, edition, age=age)

        return make_some

    async def test_user_gets_a_number_and_the_log_its_traceback(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The user learns only the number; the log has the rest."""
        said = await scene.ask_in_vain("code", metric="tokens")

        assert "secret" not in said
        (traceback,) = tracebacks_of(caplog, number_in(said))
        assert "ZeroDivisionError: a secret of code/tokens" in traceback

    async def test_failed_click_gets_a_number_too(self, scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
        """The card stays, and whoever clicked gets a number privately."""
        shown = await scene.show("code")
        embed = shown.embeds[0]
        for actor in (scene.asker, scene.guest):
            said = private_sentence_of(await actor.click(shown, label="by tokens"))
            assert 1 == len(tracebacks_of(caplog, number_in(said)))

        assert embed == shown.embeds[0]


class TestKnown:
    @pytest.fixture
    def market(self, empty_market: EmptyMarket) -> Market:
        """Nothing has been fetched yet."""
        return empty_market

    @pytest.mark.parametrize(
        ("command", "options"), [("overview", {}), ("task", {"task": "debugging"}), ("model", {"model": "luna"})]
    )
    async def test_error_is_private_after_a_public_deferral(
        self, scene: Scene, empty_market: EmptyMarket, command: str, options: dict[str, str]
    ) -> None:
        """The public deferral is deleted, and only the user sees the sentence."""
        empty_market.error = UnreachableError("OpenRouter cannot be reached.")
        before = len(scene.sent)

        assert UNAVAILABLE == await scene.ask_in_vain(command, **options)
        assert [("POST", THINKING), ("DELETE", None), ("POST", None)] == scene.steps_since(before)

    @pytest.mark.parametrize(
        "error",
        [
            StorageError(operator="The database cannot be used (Connect call failed ('127.0.0.1', 9))."),
            UnauthorizedError(401, operator="OpenRouter rejects the key (401): check OPENROUTER_API_KEY."),
            SettingsError("DATABASE_URL names no host that ('127.0.0.1', 9) knows."),
        ],
        ids=lambda error: type(error).__name__,
    )
    async def test_details_go_to_the_log_only(
        self, scene: Scene, empty_market: EmptyMarket, caplog: pytest.LogCaptureFixture, error: RankingsBotError
    ) -> None:
        """The user reads what to do, without addresses, settings or codes."""
        empty_market.error = error

        said = await scene.ask_in_vain("code")
        assert error_sentence(error) == said
        assert not re.search(r"127|_|\(|401|database cannot", said)
        assert f"A command failed: {error.operator_sentence}" in caplog.messages

    async def test_next_command_works_once_the_trouble_is_over(self, scene: Scene, empty_market: EmptyMarket) -> None:
        """No failure is cached."""
        empty_market.error = UnreachableError("OpenRouter cannot be reached.")
        await scene.ask_in_vain("code")
        empty_market.error = None

        assert CITATION == (await scene.show("code")).embeds[0].footer.text

    async def test_slow_source_does_not_delay_the_acknowledgement(
        self, scene: Scene, empty_market: EmptyMarket
    ) -> None:
        """The command is deferred at once, and the card follows."""
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
        """Discord answers the card with a 500: the user gets a private sentence."""
        await scene.ask("code")
        scene.env.inject_error("POST", CALLBACK, status=500)
        before = len(scene.sent)

        assert number_in(await scene.ask_in_vain("code"))
        assert [("POST", ANSWER), ("POST", ANSWER)] == scene.steps_since(before)

    async def test_failed_edit_takes_the_announcement_away(self, scene: Scene) -> None:
        """The edit of a deferred command fails: the deferral is deleted."""
        scene.env.inject_error("PATCH", ORIGINAL, status=500)

        assert number_in(await scene.ask_in_vain("code"))

    async def test_sentence_is_said_even_if_the_announcement_is_gone_already(self, scene: Scene) -> None:
        """A moderator deleted the deferral first: the user still gets the sentence."""
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
        """Expired or answered already: one warning and no more requests."""
        await scene.ask("code")
        scene.env.inject_error("POST", CALLBACK, status=status, code=code)
        before = len(scene.sent)
        await scene.ask("code")

        assert 1 == len(scene.steps_since(before))
        assert scene.env.errors
        warnings = [record.getMessage() for record in caplog.records if record.name == "bot.app.bot"]
        assert f"An interaction could not be answered in time (code {code})" == warnings[-1]

    async def test_discord_that_refuses_everything_leaves_the_bot_standing(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither the card nor the sentence arrives: one log line, and the next command works."""
        scene.env.inject_error("POST", CALLBACK, status=503, times=2)
        await scene.ask("code")

        assert scene.env.errors
        assert "The user could not be told about an error" in caplog.text
        assert "Code" == (await scene.show("code")).embeds[0].title

    async def test_failed_click_leaves_the_card(self, scene: Scene) -> None:
        """The edit fails: the card stays, and whoever clicked gets a sentence."""
        shown = await scene.show("code")
        await scene.asker.click(shown, label="by tokens")
        await scene.asker.click(shown, label="by requests")
        embed = shown.embeds[0]
        scene.env.inject_error("POST", CALLBACK, status=500)
        said = private_sentence_of(await scene.asker.click(shown, label="by tokens"))

        assert number_in(said)
        assert embed == shown.embeds[0]

"""Reading what a moderator asks for: boards by any of their names, and times, zones and days in one sentence."""

from datetime import UTC, datetime, time

import pytest

from bot.autopost.plan_input import Asked, read_board, read_schedule
from bot.autopost.schedule import Days, Schedule
from bot.errors import PlanError, UnknownSubjectError
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.presentation.controls import offers
from bot.presentation.error_texts import error_sentence
from tests.odd_snapshots import nearly_alike

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


class TestBoards:
    def test_every_board_of_the_edition_can_be_posted_by_both_metrics(self, sample: Edition) -> None:
        """Overview, four categories, 29 tasks and all models."""
        keys = [board.key for board in sample.boards]
        boards = 1 + 4 + 29 + len(sample.models)

        assert 2 * boards == len(keys) == len(set(keys))
        assert [str(Board.parse(key)) for key in keys] == keys

    def test_board_of_any_length_can_be_posted(self) -> None:
        """What autocomplete sends for it means it, and nothing that looks like it."""
        edition = Edition(nearly_alike())
        chosen = edition.boards[-3:]

        assert [one.key for one in chosen] == [str(read_board(value, edition)) for _, value in offers(chosen)]

    @pytest.mark.parametrize(
        ("typed", "board"),
        [
            ("overview", "overview/requests"),
            ("Overview, by tokens", "overview/tokens"),
            ("code", "code/requests"),
            ("code/tokens", "code/tokens"),
            ("Debugging", "task:code:debugging/requests"),
            ("debugging (code)", "task:code:debugging/requests"),
            ("code:debugging", "task:code:debugging/requests"),
            ("gpt-5.6 luna", "model:openai/gpt-5.6-luna-20260709/requests"),
            ("5.6 luna", "model:openai/gpt-5.6-luna-20260709/requests"),
            ("luna-20260709/tokens", "model:openai/gpt-5.6-luna-20260709/tokens"),
            ("openai/gpt-5.6-luna-20260709", "model:openai/gpt-5.6-luna-20260709/requests"),
        ],
    )
    def test_board_is_read_by_any_of_its_names(self, sample: Edition, typed: str, board: str) -> None:
        """A bare name means requests; what autocomplete sends means itself."""
        assert board == str(read_board(typed, sample))

    @pytest.mark.parametrize("typed", ["", "deepseek v4 flash", "Debuging", "x" * 6000])
    def test_text_that_means_none_or_several_names_the_nearest(self, sample: Edition, typed: str) -> None:
        """Nothing is guessed."""
        with pytest.raises(UnknownSubjectError) as refused:
            read_board(typed, sample)

        assert 3 == len(refused.value.nearest)


class TestSchedule:
    def test_nothing_asked_is_every_day_with_the_data(self) -> None:
        """Every day, in UTC, without a time."""
        assert Schedule(None, "UTC", Days.EVERY_DAY) == read_schedule(Asked(board="code"), now=NOW)

    def test_all_is_read(self) -> None:
        """Time, zone and days, as people type them."""
        asked = Asked(board="code", time="9:30 pm", timezone="berlin", days="Mondays")

        assert Schedule(time(21, 30), "Europe/Berlin", Days.MONDAY) == read_schedule(asked, now=NOW)

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"time": "late"}, "Type a time like"),
            ({"timezone": "Atlantis"}, "Type a city"),
            ({"days": "Caturday"}, "Type “every day”"),
        ],
    )
    def test_wrong_input_says_what_to_type(self, wrong: dict[str, str], says: str) -> None:
        """One sentence, for the moderator."""
        with pytest.raises(PlanError) as refused:
            read_schedule(Asked(board="code", **wrong), now=NOW)

        assert error_sentence(refused.value).startswith(says)

"""Parsing what a moderator types: times, zones and days."""

from datetime import UTC, datetime, time

import pytest

from bot.autopost.plan_input import PlanInput, read_schedule
from bot.autopost.schedule import Days, Schedule
from bot.errors import PlanError
from bot.presentation.error_texts import error_sentence

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


class TestSchedule:
    def test_default_is_every_day_with_new_data(self) -> None:
        """The default is every day, in UTC, without a time."""
        assert Schedule(None, "UTC", Days.EVERY_DAY) == read_schedule(PlanInput(board="code"), now=NOW)

    def test_time_zone_and_days_are_parsed(self) -> None:
        """Each is accepted as people type it."""
        asked = PlanInput(board="code", time="9:30 pm", timezone="berlin", days="Mondays")

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
        """The error is one sentence for the moderator."""
        with pytest.raises(PlanError) as refused:
            read_schedule(PlanInput(board="code", **wrong), now=NOW)

        assert error_sentence(refused.value).startswith(says)

"""Texts about autoposts: the list, the labels and the confirmation, within Discord's limits."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import discord
import pytest

from bot.autopost.codes import Problem, ProblemCode, Result, ResultCode, Unreadable, UnreadableCode
from bot.autopost.outcome import Place
from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, UnreadablePlan
from bot.autopost.schedule import Days, Progress, Schedule
from bot.autopost.transitions import PlanState
from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.presentation.code_texts import problem_sentence, result_in_words
from bot.presentation.plan_texts import board_name, confirmation, plan_label, plan_list, schedule_in_words
from bot.presentation.text import units
from tests.odd_snapshots import snapshot_of, task

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
SNOWFLAKE = 2**63 - 1
LONGEST_ZONE = "America/Argentina/ComodRivadavia"
EMBED_DESCRIPTION, EMBED_TOTAL, CHOICE_NAME = 4096, 6000, 100
PLAN = Plan(
    id=3,
    request=PlanRequest(
        guild_id=1, channel_id=2, board=Board.parse("code"), schedule=Schedule(time(9), "Europe/Berlin")
    ),
    state=PlanState.ACTIVE,
    progress=Progress(since=NOON),
)


def listed(
    *plans: Plan,
    edition: Edition | None = None,
    stopped_by: Problem | None = None,
    roles: Collection[int] | None = None,
) -> str:
    """The text of the list."""
    pages = plan_list(plans, edition, now=NOON, stopped_by=stopped_by, roles=roles)
    return "\n".join(page.description or "" for page in pages)


class TestWords:
    @pytest.mark.parametrize(
        ("schedule", "words"),
        [
            (Schedule(time(9), "Europe/Berlin"), "every day at 09:00 (Europe/Berlin)"),
            (Schedule(time(21, 30), "UTC", Days.WEEKDAYS), "weekdays at 21:30 (UTC)"),
            (Schedule(None), "every day, as soon as the day's data is available"),
            (Schedule(None, "UTC", Days.MONDAY), "Monday, as soon as the day's data is available"),
        ],
    )
    def test_schedule_is_said_as_it_was_asked_for(self, schedule: Schedule, words: str) -> None:
        """Days, time and zone."""
        assert words == schedule_in_words(schedule)

    def test_board_is_named_by_title_and_metric(self, sample: Edition) -> None:
        """By its card's title, or by its text before there is any data."""
        board = Board.parse("task:code:debugging/tokens")

        assert "Debugging, by tokens" == board_name(board, sample)
        assert "task\\:code\\:debugging, by tokens" == board_name(board, None)

    def test_hostile_title_is_made_harmless(self) -> None:
        """A title from OpenRouter mentions nobody, links nowhere and breaks no line."""
        edition = Edition(snapshot_of([task("x", "@everyone\n**[a](https://b.c)** <@1> " * 9)]))
        name = board_name(Board(BoardKind.TASK, "x", Metric.REQUESTS), edition)

        assert "@everyone" not in name
        assert "\n" not in name
        assert [] == [mark for mark in ("**", "<@", "](") if mark in name.replace(f"\\{mark[0]}", "")]


def test_confirmation_holds_three_times_in_the_readers_zone(sample: Edition) -> None:
    """The next three, in Discord's format for times."""
    said = confirmation(PLAN, sample, now=NOON)

    nine = datetime(2026, 9, 2, 7, tzinfo=UTC)
    times = [discord.utils.format_dt(nine + timedelta(days=days), "F") for days in range(3)]
    assert f"<#2> gets **Code, by requests**, every day at 09:00 (Europe/Berlin).\nNext:\n- {times[0]}" in said
    assert [1, 1, 1] == [said.count(at) for at in times]
    assert 3 == said.count("<t:")


class TestList:
    def test_active_plan_says_when_next_and_what_came_last(self, sample: Edition) -> None:
        """And links to the last post."""
        posted = replace(PLAN, last_result=Result(ResultCode.POSTED), last_message_id=7)

        assert "; next <t:1788332400:R>; last: posted, [see it](https://discord.com/channels/1/2/7)" in listed(posted)
        assert "; next <t:1788332400:R>; last: nothing new" in listed(
            replace(PLAN, last_result=Result(ResultCode.NOTHING_NEW))
        )
        assert listed(PLAN, edition=sample).startswith("**#3** <#2> Code, by requests\nevery day at 09:00")

    def test_paused_and_ended_plans_say_so(self) -> None:
        """An ended one says why."""
        ended = replace(PLAN, state=PlanState.ENDED, problem=Place.CHANNEL.gone)

        assert "; paused" in listed(replace(PLAN, state=PlanState.PAUSED))
        assert "; The channel was deleted, so this autopost has ended." in listed(ended)

    @pytest.mark.parametrize("reason", ProblemCode)
    def test_hindered_plan_says_what_to_do(self, reason: ProblemCode) -> None:
        """The whole sentence, and the next time."""
        said = listed(replace(PLAN, problem=Problem(reason), last_result=Result(ResultCode.NOT_POSTED)))

        assert f"next <t:1788332400:R>; {problem_sentence(Problem(reason))}" in said

    @pytest.mark.parametrize(
        ("extras", "roles", "said"),
        [
            ({}, None, "(Europe/Berlin); next"),
            ({"silent": True}, None, "(Europe/Berlin), silently; next"),
            ({"publish": True}, None, "(Europe/Berlin), published; next"),
            ({"mention_role_id": 5}, None, "(Europe/Berlin), mentions <@&5>; next"),
            ({"mention_role_id": 5}, {1, 5}, "(Europe/Berlin), mentions <@&5>; next"),
            (
                {"mention_role_id": 5, "silent": True, "publish": True},
                {5},
                "(Europe/Berlin), mentions <@&5>, silently, published; next",
            ),
            (
                {"mention_role_id": 5, "silent": True},
                {1, 6},
                "mentions a role that was deleted (remove this autopost and add it again with another role), silently; next",
            ),
        ],
    )
    def test_what_comes_with_a_post_is_said(
        self, extras: dict[str, Any], roles: Collection[int] | None, said: str
    ) -> None:
        """Mention, silence and publishing. A role counts as deleted only if the server's roles are known."""
        assert said in listed(replace(PLAN, request=replace(PLAN.request, **extras)), roles=roles)

    def test_what_stops_all_posting_is_said_first(self) -> None:
        """Before all plans, because it concerns them all."""
        said = listed(PLAN, stopped_by=Problem(ProblemCode.TOKEN_REFUSED))

        assert said.startswith(
            "**Discord does not accept my login, so I cannot post. Posting resumes by itself once it does.**\n**#3**"
        )

    def test_unreadable_plan_says_why_and_what_to_do(self) -> None:
        """Another version's text is made harmless."""
        strange = UnreadablePlan(
            id=4, channel_id=2, board="movers:**7**", why=Unreadable(UnreadableCode.DAYS, "weekends")
        )
        (page,) = plan_list([PLAN, strange], None, now=NOON, stopped_by=None)

        said = "posts nothing: I do not know the days “weekends”. Wait until the bot is updated, or remove it."
        assert f"**#4** <#2> movers\\:\\*\\*7\\*\\*\n{said}" in (page.description or "")
        assert "2 autoposts of 25" == page.footer.text

    def test_long_name_of_a_zone_is_said_in_full(self) -> None:
        """So that somebody can see what is wrong."""
        zone = "America/Argentina/ComodRivadavia"
        strange = UnreadablePlan(id=4, channel_id=2, board="overview", why=Unreadable(UnreadableCode.TIMEZONE, zone))

        assert f"posts nothing: I do not know the time zone “{zone}”." in (
            plan_list([strange], None, now=NOON, stopped_by=None)[0].description or ""
        )

    def test_only_living_plans_count(self) -> None:
        """Ended plans are listed for a while, but do not count towards the limit."""
        ended = replace(PLAN, state=PlanState.ENDED)
        (page,) = plan_list([PLAN, ended, ended], None, now=NOON, stopped_by=None)

        assert "1 autopost of 25" == page.footer.text

    @pytest.mark.parametrize(
        "problem", [None, max(map(Problem, ProblemCode), key=lambda problem: len(problem_sentence(problem)))]
    )
    @pytest.mark.parametrize("roles", [None, ()])
    def test_longest_list_fits_into_its_pages(self, problem: Problem | None, roles: Collection[int] | None) -> None:
        """It lists 25 plans with the longest names, zones and results, and each page is within Discord's limits."""
        title = "\N{FACE WITH TEARS OF JOY}*" * 100
        edition = Edition(snapshot_of([task("x", title)]))
        request = PlanRequest(
            guild_id=SNOWFLAKE,
            channel_id=SNOWFLAKE,
            board=Board(BoardKind.TASK, "x"),
            schedule=Schedule(time(9), LONGEST_ZONE, Days.EVERY_DAY),
            mention_role_id=SNOWFLAKE,
            silent=True,
            publish=True,
        )
        longest = Plan(
            id=2**31 - 1,
            request=request,
            state=PlanState.ACTIVE,
            progress=Progress(since=NOON, posted=date(2026, 8, 31)),
            problem=problem,
            last_result=max(map(Result, ResultCode), key=lambda result: len(result_in_words(result))),
            last_message_id=SNOWFLAKE,
        )
        plans = [longest] * MOST_PLANS
        pages = plan_list(plans, edition, now=NOON, stopped_by=Problem(ProblemCode.TOKEN_REFUSED), roles=roles)

        assert MOST_PLANS == sum((page.description or "").count("**#2147483647**") for page in pages)
        assert [] == [page for page in pages if units(page.description or "") > EMBED_DESCRIPTION]
        assert [] == [page for page in pages if len(page) > EMBED_TOTAL]


@pytest.mark.parametrize("tag", ["code:debugging", "x" * 60, "\N{FACE WITH TEARS OF JOY}" * 30])
def test_label_fits_a_choice(tag: str) -> None:
    """It begins with the plan's number, however long the rest."""
    request = replace(PLAN.request, board=Board(BoardKind.TASK, tag), schedule=Schedule(time(9), LONGEST_ZONE))
    label = plan_label(replace(PLAN, request=request), None)

    assert label.startswith("#3: ")
    assert units(label) <= CHOICE_NAME
